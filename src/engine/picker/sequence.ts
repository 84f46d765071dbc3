import type { Layout } from '../../protocol/metainfo/layout.js'

/** A place in a torrent: so many bytes from the start of a file. */
export interface Playhead {
  readonly file: number
  readonly offset: number
}

/** Ranks before those of the order: the first and the last piece of the file at the playhead. */
const EDGES = 2

/**
 * The order in which a player needs pieces: the first and the last of the file first, where players look for what the
 * file is; then from the playhead on to the end of the torrent, file by file; then what comes before the playhead.
 */
export class Sequence {
  /** Every piece once, in order, of each file the first and the last first. */
  readonly #order: Uint32Array
  readonly #placeOf: Uint32Array
  readonly #edges: readonly number[]
  /** Where in `#order` the piece at the playhead stands. */
  readonly #start: number

  constructor(layout: Layout, { file, offset }: Playhead) {
    this.#order = orderOf(layout)
    this.#placeOf = new Uint32Array(layout.pieceCount)
    this.#order.forEach((piece, place) => (this.#placeOf[piece] = place))
    this.#edges = edgesOf(layout, file)
    this.#start = this.#placeOf[layout.pieceAt(file, offset)] ?? 0
  }

  /** Ranks are below this; a piece may have two. */
  get ranks(): number {
    return EDGES + this.#order.length
  }

  at(rank: number): number {
    if (rank < EDGES) return this.#edges[rank] ?? this.at(EDGES)
    return this.#order[(this.#start + rank - EDGES) % this.#order.length] ?? 0
  }

  /** The lowest rank of `piece`. */
  rankOf(piece: number): number {
    const edge = this.#edges.indexOf(piece)
    if (edge >= 0) return edge
    const count = this.#order.length
    return EDGES + (((this.#placeOf[piece] ?? 0) - this.#start + count) % count)
  }
}

const edgesOf = (layout: Layout, file: number): readonly number[] => {
  const { first, count } = layout.piecesOfFile(file)
  return count === 0 ? [] : [first, first + count - 1]
}

/** In v1 alone files share pieces: each stands where the first that needs it does. */
const orderOf = (layout: Layout): Uint32Array => {
  const order = new Set<number>()
  for (let file = 0; file < layout.fileCount; file++) {
    for (const piece of edgesOf(layout, file)) order.add(piece)
    const { first, count } = layout.piecesOfFile(file)
    for (let piece = first; piece < first + count; piece++) order.add(piece)
  }
  for (let piece = 0; piece < layout.pieceCount; piece++) order.add(piece)
  return Uint32Array.from(order)
}
