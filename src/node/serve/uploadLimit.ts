import type { Torrent } from '../torrent/torrent.js'
import type { ServeContext } from './context.js'

/** About how long an upload of `torrent` to the connection that ends with `signal` would be held back. Milliseconds. */
export const uploadDelay = (context: ServeContext, torrent: Torrent, signal: AbortSignal): number =>
  Math.max(torrent.limits.upload.delayOf(signal), context.uploadLimit.delayOf(signal))

/** How many units of `bytes` may leave in one write. */
export const uploadBatch = (context: ServeContext, torrent: Torrent, bytes: number): number =>
  Math.min(torrent.limits.upload.batchOf(bytes), context.uploadLimit.batchOf(bytes))

/**
 * Asks that `bytes` of `torrent` may be sent, by its own limit and then by the peer's: what waits for the first takes
 * nothing yet of the second, which others can use. Undefined: they may at once. Resolves to false once `signal` aborts.
 */
export const passUpload = (
  context: ServeContext,
  torrent: Torrent,
  bytes: number,
  signal: AbortSignal,
): Promise<boolean> | undefined => {
  const own = torrent.limits.upload.pass(bytes, signal)
  if (own === undefined) return passPeer(context, torrent, bytes, signal)
  return own.then((mayGo) => mayGo && (passPeer(context, torrent, bytes, signal) ?? true))
}

const passPeer = (
  { uploadLimit }: ServeContext,
  torrent: Torrent,
  bytes: number,
  signal: AbortSignal,
): Promise<boolean> | undefined =>
  uploadLimit.pass(bytes, signal)?.then((mayGo) => {
    if (!mayGo) torrent.limits.upload.refund(bytes)
    return mayGo
  })
