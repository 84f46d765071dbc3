import { MAX_TORRENT_PEERS, SIMPLE_READ } from '../../protocol/limits.js'
import { torrentText, withFields } from '../encode.js'
import { headOf, noSuchTorrent, type Operation } from './operation.js'

/** Bytes of an answer apart from TORRENT_OBJECT: the head, INTERVAL and the newline. */
const FRAME = 100

/**
 * A sender that cannot be registered (its id belongs to another address, the torrent is full) is told all the same:
 * it downloads without being listed.
 */
export const getTorrent: Operation<'GET_TORRENT'> = async (request, { peer, store, now, interval }) => {
  const joining = await store.join(peer, request, 'leecher', now)
  const view = await store.torrent(request, MAX_TORRENT_PEERS, peer.listed)
  if (view === undefined) return noSuchTorrent('GET_TORRENT')
  const metainfo = request.withMetainfo ? await store.metainfo(view.torrentId) : undefined
  const torrent = torrentText(view, metainfo, request.withMetainfo ? Infinity : SIMPLE_READ - FRAME)
  const answer = withFields(headOf('GET_TORRENT', 'SUCCESS'), {
    INTERVAL: String(interval),
    TORRENT_OBJECT: torrent,
  })
  const isListed = joining.outcome === 'joined'
  return { ret: 'SUCCESS', answer, ...(!isListed && { note: `not listed: ${joining.outcome}` }) }
}
