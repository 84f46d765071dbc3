// bittorrent-tracker of npm, as its own command starts it: node bittorrentTracker.mjs FOLDER PORT
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, port] = process.argv.slice(2)
const main = join(folder, 'node_modules', 'bittorrent-tracker', 'server.js')
const { default: Server } = await import(pathToFileURL(main).href)
const server = new Server({ http: true, udp: true, ws: false, stats: false })
server.on('error', (error) => console.error(error.message))
server.on('warning', () => undefined)
server.listen(Number(port), { http: '127.0.0.1', udp4: '127.0.0.1' })
