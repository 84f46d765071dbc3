import { CHUNK_SIZE } from '../../../protocol/limits.js'
import { PIECE_HEADER, writePieceHeader } from '../../../protocol/wire/encode.js'
import type { BlockRange } from '../../../protocol/wire/message.js'
import type { Torrent } from '../../torrent/torrent.js'
import { chunkAt } from '../../wire/block.js'
import type { Frame } from './frame.js'
import { readRange } from './pieces.js'

/** Writes a message for each of `ranges` into `frame`, one after another. @throws ShoalError of the reader */
export const fillFrame = async (
  torrent: Torrent,
  ranges: readonly BlockRange[],
  frame: Frame,
): Promise<void> => {
  const gaps = layOut(ranges, frame)
  for (let index = 0; index < ranges.length;) {
    const count = runLength(ranges, index)
    const run = count === 1 ? undefined : chunksOf(torrent, ranges, index, count)
    if (run === undefined) await readEach(torrent, ranges, gaps, index, count)
    else await torrent.reader.readRun(run, gaps.slice(index, index + count))
    index += count
  }
}

/** Writes the head of each message; returns the gaps for the blocks. */
const layOut = (ranges: readonly BlockRange[], frame: Frame): Uint8Array[] => {
  let offset = 0
  return ranges.map(({ piece, begin, length }) => {
    writePieceHeader(piece, begin, length, frame.memory, offset)
    const start = offset + PIECE_HEADER
    offset = start + length
    return frame.gap(start, length)
  })
}

/** How many of `ranges` from `from` on stand in a row in one piece, all but the last as long as a chunk. */
const runLength = (ranges: readonly BlockRange[], from: number): number => {
  const start = ranges[from]
  let count = 1
  while (start !== undefined && ranges[from + count - 1]?.length === CHUNK_SIZE) {
    const next = ranges[from + count]
    if (next?.piece !== start.piece || next.begin !== start.begin + count * CHUNK_SIZE) break
    count++
  }
  return count
}

/** The first of the chunks that such a run is; undefined where it is none, or its last block is not as long as its chunk. */
const chunksOf = (
  { layout }: Torrent,
  ranges: readonly BlockRange[],
  from: number,
  count: number,
): number | undefined => {
  const [first, last] = [ranges[from], ranges[from + count - 1]]
  if (first === undefined || last === undefined) return undefined
  const lastChunk = chunkAt(layout, last.piece, last.begin)
  if (lastChunk === undefined || layout.lengthOf(lastChunk) !== last.length) return undefined
  return chunkAt(layout, first.piece, first.begin)
}

const readEach = async (
  torrent: Torrent,
  ranges: readonly BlockRange[],
  gaps: readonly Uint8Array[],
  from: number,
  count: number,
): Promise<void> => {
  for (let index = from; index < from + count; index++) {
    const [range, gap] = [ranges[index], gaps[index]]
    const reading = range && gap && readRange(torrent, range, gap)
    if (reading !== undefined) await reading
  }
}
