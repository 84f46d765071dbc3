import type { BlockRange, HashRangeMessage, RangeMessage } from '../../../protocol/wire/message.js'

/** Blocks that leave in one write: 1 MiB, so that a write costs little beside its bytes. */
export const BATCH_BLOCKS = 64

/** A batch is not made shorter than this to end with a piece. */
const MIN_BATCH = BATCH_BLOCKS / 4

/** What waits to be sent, as it was asked for. */
export type Ask = RangeMessage | HashRangeMessage

export const isBlock = (ask: Ask): ask is RangeMessage => ask.kind === 'request'

/**
 * The blocks at the head of `queue` that leave next in one write, at most `most`. Where there are more than that, it ends
 * with a piece: the blocks of a piece that are sent together are one read, and who cuts a piece once cuts every one after it.
 */
export const nextBatch = (queue: readonly Ask[], most: number): readonly BlockRange[] => {
  const batch: BlockRange[] = []
  for (const ask of queue) {
    if (batch.length >= most || !isBlock(ask)) break
    batch.push(ask)
  }
  const next = queue[batch.length]
  if (next === undefined || !isBlock(next)) return batch
  let end = batch.length
  while (batch[end - 1]?.piece === next.piece) end--
  return end < MIN_BATCH ? batch : batch.slice(0, end)
}

/** The pieces of which `ranges` are, in their order, and how many of each stand in a row. */
export const piecesOf = (
  ranges: readonly BlockRange[],
): { readonly piece: number; readonly count: number }[] => {
  const rows: { readonly piece: number; count: number }[] = []
  let last: (typeof rows)[number] | undefined
  for (const { piece } of ranges) {
    if (last?.piece === piece) last.count++
    else rows.push((last = { piece, count: 1 }))
  }
  return rows
}
