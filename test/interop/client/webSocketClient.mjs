// A WebTorrent client's own code for WebSocket trackers. Usage: FOLDER URL PEER_ID LEFT. Says "update", and "peer ID"
// for each peer that an offer or an answer came from. Ends with its input.
import { register } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** WebRTC is a compiled library that an installation without scripts has not got: this one describes and never connects. */
const DESCRIBING = `
class RTCPeerConnection {
  iceConnectionState = 'new'
  iceGatheringState = 'new'
  signalingState = 'stable'
  createDataChannel() { return { close() {} } }
  async createOffer() { return { type: 'offer', sdp: 'v=0 offer' } }
  async createAnswer() { return { type: 'answer', sdp: 'v=0 answer' } }
  async setLocalDescription(description) {
    this.localDescription = description
    setImmediate(() => {
      this.iceGatheringState = 'complete'
      this.onicecandidate?.({ candidate: null })
    })
  }
  async setRemoteDescription(description) { this.remoteDescription = description }
  getStats() { return Promise.resolve([]) }
  close() {}
}
class RTCSessionDescription { constructor(data) { Object.assign(this, data) } }
class RTCIceCandidate {}
export { RTCPeerConnection, RTCSessionDescription, RTCIceCandidate }`
const hook = `
const url = 'data:text/javascript,' + ${JSON.stringify(encodeURIComponent(DESCRIBING))}
export const resolve = (specifier, context, next) =>
  specifier === 'webrtc-polyfill' ? { url, shortCircuit: true } : next(specifier, context)`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

const [folder, url, peerId, left] = process.argv.slice(2)
const { default: Client } = await import(
  pathToFileURL(join(folder, 'node_modules', 'bittorrent-tracker', 'client.js')).href
)
const client = new Client({
  infoHash: Buffer.alloc(20, 0xfe),
  peerId: Buffer.from(peerId),
  announce: [url],
  port: 1,
})
client.on('error', (error) => console.error(error))
client.on('warning', (warning) => console.error(warning))
client.on('update', () => console.log('update'))
client.on('peer', ({ id }) => console.log(`peer ${Buffer.from(id, 'hex').toString()}`))
client.on('scrape', ({ complete, incomplete }) => console.log(`scrape ${complete} ${incomplete}`))
client.start({ left: Number(left), uploaded: 0, downloaded: 0, numwant: 5 })
process.stdin.resume().on('end', () => process.exit(0))
