import { Bitfield } from '../../protocol/bitfield.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { WireMessage } from '../../protocol/wire/message.js'

/** Requests that a peer takes at once when it does not say (BEP 10 "reqq": 250 is the default of libtorrent). */
const USUAL_QUEUE = 250

/** What changed of a peer by one message. */
export type RemoteChange = 'choked' | 'unchoked' | 'holdings' | { readonly piece: number } | undefined

/** What the other side of a connection said of itself: what it has, whether it serves us, how much it takes. */
export class Remote {
  isChoking = true
  /** Requests that it takes at once. */
  queue = USUAL_QUEUE
  /** Whether it wants nothing, as it says itself (BEP 21). */
  isUploadOnly = false
  #pieces: Bitfield

  constructor(layout: Layout) {
    this.#pieces = Bitfield.empty(layout.pieceCount)
  }

  /** The pieces that it has. */
  get pieces(): Bitfield {
    return this.#pieces
  }

  get isSeed(): boolean {
    return this.isUploadOnly || this.#pieces.isFull
  }

  /** Takes a message in; 'malformed' for a bit field that does not fit the torrent. */
  hear(message: WireMessage): RemoteChange | 'malformed' {
    switch (message.kind) {
      case 'choke':
        this.isChoking = true
        return 'choked'
      case 'unchoke':
        this.isChoking = false
        return 'unchoked'
      case 'bitfield':
        return this.#replace(Bitfield.from(message.bytes, this.#pieces.size))
      case 'haveAll':
        return this.#replace(Bitfield.full(this.#pieces.size))
      case 'haveNone':
        return this.#replace(Bitfield.empty(this.#pieces.size))
      case 'have':
        return this.#gain(message.piece)
      default:
        return undefined
    }
  }

  /** It no longer has `piece` (BEP 54); returns whether it had it. */
  lose(piece: number): boolean {
    return this.#pieces.delete(piece)
  }

  /** All chunks of the pieces that it has. */
  chunks(layout: Layout): Bitfield {
    if (this.#pieces.isFull) return Bitfield.full(layout.chunkCount)
    const chunks = Bitfield.empty(layout.chunkCount)
    for (const piece of this.#pieces) {
      const { first, count } = layout.chunksOf(piece)
      chunks.addRun(first, count)
    }
    return chunks
  }

  #replace(pieces: Bitfield | undefined): RemoteChange | 'malformed' {
    if (pieces === undefined) return 'malformed'
    this.#pieces = pieces
    return 'holdings'
  }

  #gain(piece: number): RemoteChange {
    return this.#pieces.add(piece) ? { piece } : undefined
  }
}
