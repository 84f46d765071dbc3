import type { Layout } from '../../protocol/metainfo/layout.js'

/** A piece of which chunks wait. */
interface WaitingPiece {
  /** Who sent each of its chunks that waits, by the chunk's place in the piece. It grows by what came: a piece may be a file. */
  readonly senders: (string | undefined)[]
  /** How many wait. */
  count: number
}

/** Who sent the chunks that nothing proves yet, so that a liar is found when their piece fails. */
export class Suspicion {
  readonly #layout: Layout
  readonly #pieces = new Map<number, WaitingPiece>()

  constructor(layout: Layout) {
    this.#layout = layout
  }

  waits(chunk: number, sender: string): void {
    const piece = this.#layout.pieceOf(chunk)
    const { first } = this.#layout.chunksOf(piece)
    const waiting = this.#pieces.get(piece) ?? { senders: [], count: 0 }
    if (waiting.count === 0) this.#pieces.set(piece, waiting)
    if (waiting.senders[chunk - first] === undefined) waiting.count++
    waiting.senders[chunk - first] = sender
  }

  /** Whether `chunk` waits. */
  holds(chunk: number): boolean {
    const piece = this.#layout.pieceOf(chunk)
    return this.#pieces.get(piece)?.senders[chunk - this.#layout.chunksOf(piece).first] !== undefined
  }

  /** `chunk` is verified; returns who had sent it, where it had waited. */
  settle(chunk: number): string | undefined {
    const piece = this.#layout.pieceOf(chunk)
    const waiting = this.#pieces.get(piece)
    const index = chunk - this.#layout.chunksOf(piece).first
    const sender = waiting?.senders[index]
    if (waiting === undefined || sender === undefined) return undefined
    waiting.senders[index] = undefined
    if (--waiting.count === 0) this.#pieces.delete(piece)
    return sender
  }

  /** Who sent any of `chunks`; they no longer wait. */
  sendersOf(chunks: readonly number[]): ReadonlySet<string> {
    const senders = new Set<string>()
    for (const chunk of chunks) {
      const sender = this.settle(chunk)
      if (sender !== undefined) senders.add(sender)
    }
    return senders
  }
}
