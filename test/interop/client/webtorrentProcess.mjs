// Seeds or fetches one torrent with webtorrent. Usage: MODULE PORT. Says "ready", reads a line of JSON from stdin
// (torrent, isMagnet, folder, peers, trackers), and says "complete" once it has everything. Ends with its input.
import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

/** WebRTC is a compiled library that an installation without scripts has not got, and over TCP none is needed. */
const NO_WEBRTC = `
const names = ['RTCPeerConnection', 'RTCSessionDescription', 'RTCIceCandidate']
const url = 'data:text/javascript,' + names.map((name) => 'export const ' + name + ' = undefined').join(';')
export const resolve = (specifier, context, next) =>
  specifier === 'webrtc-polyfill' ? { url, shortCircuit: true } : next(specifier, context)`
register(`data:text/javascript,${encodeURIComponent(NO_WEBRTC)}`)

const [file, port] = process.argv.slice(2)
const { default: WebTorrent } = await import(pathToFileURL(file).href)

const client = new WebTorrent({
  torrentPort: Number(port),
  dht: false,
  lsd: false,
  utPex: false,
  utp: false,
  natUpnp: false,
  natPmp: false,
})
client.on('error', (error) => {
  console.error(error)
  process.exit(1)
})
await new Promise((resolve) => (client.listening ? resolve() : client.once('listening', resolve)))

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { torrent: what, isMagnet, folder, peers, trackers } = JSON.parse(line)
    const torrent = client.add(isMagnet ? what : readFileSync(what), { path: folder, announce: trackers })
    torrent.on('infoHash', () => peers.forEach((peer) => torrent.addPeer(peer)))
    torrent.on('warning', (warning) => console.error(warning))
    torrent.on('done', () => console.log('complete'))
  })
  .on('close', () => process.exit(0))
console.log('ready')
