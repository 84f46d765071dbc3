import type { Taker } from '../../../engine/seeding/initialSeeding.js'
import { Bitfield } from '../../../protocol/bitfield.js'
import type { KnownMessage } from '../../../protocol/wire/message.js'
import type { Torrent } from '../../torrent/torrent.js'

export interface AdvertiserOptions {
  readonly torrent: Torrent
  /** The connection. */
  readonly key: string
  /** Whether both sides speak the fast extension (BEP 6). */
  readonly isFast: boolean
  /** Pieces that the peer has, as it said. */
  readonly remotePieces: () => Bitfield
  /** Milliseconds. */
  readonly now: () => number
  readonly tell: (...messages: readonly KnownMessage[]) => void
}

/**
 * Tells one peer which pieces there are: all at first and each that is completed, or, while this is their only seeder,
 * some at a time.
 *
 * Invariant: `#told` holds the pieces that the peer was told of, all of which can be served.
 */
export class Advertiser implements Taker {
  readonly key: string
  isServed = false
  readonly #options: AdvertiserOptions
  readonly #told: Bitfield

  constructor(options: AdvertiserOptions) {
    const { torrent, key } = options
    this.key = key
    this.#options = options
    this.#told = this.isWithholding ? Bitfield.empty(torrent.layout.pieceCount) : torrent.pieces.copy()
  }

  /** Whether the peer is told of less than there is. */
  get isWithholding(): boolean {
    return this.#options.torrent.initialSeeding !== undefined
  }

  /** What is said first of pieces (BEP 3, BEP 6). */
  begin(): void {
    const { torrent, isFast, now, tell } = this.#options
    torrent.initialSeeding?.join(this, now())
    if (isFast && this.#told.isFull) tell({ kind: 'haveAll' })
    else if (isFast && this.#told.count === 0) tell({ kind: 'haveNone' })
    else if (this.#told.count > 0 || torrent.layout.pieceCount === 0)
      tell({ kind: 'bitfield', bytes: this.#told.bytes })
  }

  tell(pieces: Iterable<number>): void {
    const has = this.#options.remotePieces()
    const news: KnownMessage[] = []
    for (const piece of pieces)
      if (!has.has(piece) && this.#told.add(piece)) news.push({ kind: 'have', piece })
    if (news.length > 0) this.#options.tell(...news)
  }
}
