import type { Transfer, TransferSummary } from '../node/api.js'
import { ShoalError } from '../protocol/errors.js'
import { parseTorrentId } from '../protocol/ids.js'
import { keyOf } from './document.js'

/** Fewer digits of an info-hash would be taken for another torrent too easily. */
const LEAST_DIGITS = 8
const HASH = new RegExp(`^[0-9a-f]{${LEAST_DIGITS},64}$`)

interface Candidate {
  readonly transfer: Transfer
  readonly summary: TransferSummary
}

const ENDED: ReadonlySet<TransferSummary['state']> = new Set(['finished', 'failed', 'stopped'])

const matching = (candidates: readonly Candidate[], id: string): readonly Candidate[] => {
  const torrentId = parseTorrentId(id)
  const byId = candidates.filter(
    ({ summary }) =>
      keyOf(summary.key) === id || (torrentId !== undefined && summary.torrentId === torrentId),
  )
  const digits = id.toLowerCase()
  if (byId.length > 0 || !HASH.test(digits)) return byId
  return candidates.filter(({ summary: { infoHash, infoHashV1 } }) =>
    [infoHash, infoHashV1].some((hash) => hash?.startsWith(digits)),
  )
}

/** The same torrent may have been shared, stopped and shared again: what runs is meant, else what ran last. */
const meant = (candidates: readonly Candidate[]): readonly Candidate[] => {
  const running = candidates.filter(({ summary }) => !ENDED.has(summary.state))
  return running.length > 0 ? running : candidates
}

const torrentOf = ({ summary }: Candidate): string =>
  summary.infoHash ?? summary.infoHashV1 ?? String(summary.torrentId)

/**
 * The transfer that `id` names: its key, a tracker id, an info-hash, or the first 8 or more digits of one.
 *
 * @throws ShoalError TRANSFER_NOT_FOUND for none, and for digits that fit several torrents
 */
export const findTransfer = (transfers: readonly Transfer[], id: string): Transfer => {
  const candidates = transfers.map((transfer) => ({ transfer, summary: transfer.summary }))
  const found = meant(matching(candidates, id))
  const last = found.at(-1)
  if (last === undefined)
    throw new ShoalError(
      'TRANSFER_NOT_FOUND',
      `the running peer has no torrent ${JSON.stringify(id.slice(0, 64))}; an ID is a tracker's number, an info-hash, or at least ${LEAST_DIGITS} digits of one`,
    )
  const count = new Set(found.map(torrentOf)).size
  if (count > 1)
    throw new ShoalError(
      'TRANSFER_NOT_FOUND',
      `${JSON.stringify(id)} fits ${count} torrents: give the info-hash`,
    )
  return last.transfer
}
