// Seeds or fetches one torrent with webtorrent. Usage: MODULE PORT. Says "ready", reads a line of JSON from stdin
// (torrent, isMagnet, folder, peers, trackers), and says "complete" once it has everything. Ends with its input.
import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

/** The WebRTC that webtorrent has is not there after an installation without scripts, and over TCP none is needed. */
const NONE = ['RTCPeerConnection', 'RTCSessionDescription', 'RTCIceCandidate']
  .map((name) => `export const ${name} = undefined`)
  .join(';')
const url =
  process.env.SHOAL_DATACHANNEL === undefined
    ? `data:text/javascript,${NONE}`
    : new URL('webrtc.mjs', import.meta.url).href
const hook = `export const resolve = (specifier, context, next) =>
  specifier === 'webrtc-polyfill' ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(specifier, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

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
  // By default it asks servers of others for its address, which nothing here reaches, and waits a minute for them.
  tracker: { rtcConfig: { iceServers: [] } },
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
