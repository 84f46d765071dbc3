// WebRTC for webtorrent, by node-datachannel where SHOAL_DATACHANNEL says. Its own polyfill gives descriptions that
// cannot be changed, as webtorrent's peer does.
const {
  RTCPeerConnection: Connection,
  RTCIceCandidate,
  RTCSessionDescription,
} = await import(process.env.SHOAL_DATACHANNEL)

const plain = ({ type, sdp }) => ({ type, sdp })

export class RTCPeerConnection extends Connection {
  async createOffer(...options) {
    return plain(await super.createOffer(...options))
  }

  async createAnswer(...options) {
    return plain(await super.createAnswer(...options))
  }
}

export { RTCIceCandidate, RTCSessionDescription }
