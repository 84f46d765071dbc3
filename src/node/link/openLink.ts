import { PieceVerifier } from '../../engine/verifier/pieceVerifier.js'
import type { Verifier } from '../../engine/verifier/verifier.js'
import type { PeerAddress } from '../../protocol/json/wire.js'
import { messageLine } from '../../support/messageLine.js'
import type { NodeContext } from '../context.js'
import type { Torrent } from '../torrent/torrent.js'
import { DialectLink, type OpenLink } from './dialectLink.js'
import { JsonLink } from './jsonLink.js'
import type { LinkEvents, PeerLink } from './link.js'
import { WireLink } from './wireLink.js'

/** A peer that may speak JSON alone has so long to answer a handshake of the BitTorrent wire. Milliseconds. */
const DOUBTFUL_HANDSHAKE_TIME = 4_000

/**
 * How to open a link to a peer of `torrent`: by the BitTorrent wire where it is known to speak it, by JSON where it is
 * known not to, and where nothing is known first by the one and then by the other.
 */
export const linkOpener =
  (context: NodeContext, torrent: Torrent, verifier: Verifier | PieceVerifier) =>
  (endpoint: PeerAddress, events: LinkEvents): PeerLink => {
    const byJson: OpenLink = (told) => openJson(context, torrent, verifier, endpoint, told)
    const byWire =
      (handshakeTime?: number): OpenLink =>
      (told) =>
        new WireLink({
          endpoint,
          torrent,
          context: context.serving,
          wirePeerId: context.wirePeerId,
          events: told,
          handshakeTime,
          seek: context.reachability.seekerOf(torrent, endpoint),
        })
    const { infoHash, infoHashV1 } = torrent.description
    // The chunks of a torrent of v1 alone are not those that the JSON protocol numbers.
    if (torrent.layout.isStream) return byWire()(events)
    if (context.options.isJsonOnly === true) return byJson(events)
    if (infoHash === undefined && infoHashV1 === undefined) return byJson(events)
    if (endpoint.wires === undefined)
      return new DialectLink([byWire(DOUBTFUL_HANDSHAKE_TIME), byJson], events)
    return endpoint.wires.includes('bittorrent') ? byWire()(events) : byJson(events)
  }

const openJson = (
  context: NodeContext,
  torrent: Torrent,
  verifier: Verifier | PieceVerifier,
  endpoint: PeerAddress,
  events: LinkEvents,
): PeerLink => {
  const [firstId] = torrent.torrentIds.values()
  return new JsonLink({
    endpoint,
    torrent: { torrentId: firstId, infoHash: torrent.description.claimedInfoHash },
    chunks: torrent.layout.chunkCount,
    plan: context.serving.security.planFor(endpoint, torrent.peers),
    asker: { peerId: context.peerId, port: context.endpoint.port },
    isCertain: (chunk) => !(verifier instanceof PieceVerifier) && verifier.knows(chunk),
    events,
    onMessage: (direction, message) =>
      context.logger.debug(() => `${direction} ${endpoint.host}:${endpoint.port} ${messageLine(message)}`),
  })
}
