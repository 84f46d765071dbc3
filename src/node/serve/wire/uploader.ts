import type { Bitfield } from '../../../protocol/bitfield.js'
import { concatBytes } from '../../../protocol/bytes.js'
import { CHUNK_SIZE } from '../../../protocol/limits.js'
import { encodeMessage, PIECE_HEADER } from '../../../protocol/wire/encode.js'
import { extensionMessage, type ExtensionIds } from '../../../protocol/wire/extension/registry.js'
import type { Features } from '../../../protocol/wire/handshake.js'
import type {
  BlockRange,
  ExtendedMessage,
  HashRange,
  KnownMessage,
  WireMessage,
} from '../../../protocol/wire/message.js'
import { RateMeter } from '../../../engine/rate/rateMeter.js'
import { wantsNothing, type Torrent } from '../../torrent/torrent.js'
import type { ServeContext } from '../context.js'
import type { SlotHolder } from '../slots.js'
import { Advertiser } from './advertiser.js'
import { BATCH_BLOCKS, isBlock, nextBatch, piecesOf, type Ask } from './batch.js'
import { passUpload, uploadBatch } from '../uploadLimit.js'
import { fillFrame } from './fillFrame.js'
import { giveFrame, takeFrame } from './frame.js'
import { hashesFor } from './hashAnswer.js'
import { introduction } from './introduction.js'
import { metadataFor } from './metadataAnswer.js'
import { isServable } from './pieces.js'

/** Blocks and hashes asked for and not yet sent, of one peer: 512 x 16 KiB is 8 MiB, 16 ms at 500 MB/s. */
const MAX_QUEUED = 512

export interface UploaderOptions {
  readonly context: ServeContext
  readonly torrent: Torrent
  /** The address of the other side. */
  readonly host: string
  /** The connection: who holds the slot. */
  readonly key: string
  /** What the peer can. */
  readonly features: Features
  /** Pieces that the peer has, as it said. */
  readonly remotePieces: () => Bitfield
  /** `onSent` is called once the bytes may be used again. */
  readonly send: (bytes: Uint8Array, onSent?: () => void) => void
  /** Resolves once more may be sent, or the peer is gone. */
  readonly whenTaken: () => Promise<void> | undefined
  readonly signal: AbortSignal
}

/**
 * Gives one BitTorrent peer what it asks for (BEP 3, 6, 9, 10, 52).
 *
 * Invariants: at most MAX_QUEUED asks wait; blocks go out in the order asked, of complete pieces only, asked for while
 * the peer held a slot.
 */
export class Uploader implements SlotHolder {
  /** Bytes sent of blocks. */
  readonly given = new RateMeter()
  readonly #options: UploaderOptions
  readonly #advertiser: Advertiser
  #queue: Ask[] = []
  /** The piece that was asked for last: who asks for a row of its blocks is not news again. */
  #lastAsked = -1
  #isWorking = false
  #isInterested = false

  constructor(options: UploaderOptions) {
    this.#options = options
    const { torrent, key, features, remotePieces } = options
    this.#advertiser = new Advertiser({
      torrent,
      key,
      isFast: features.fast,
      remotePieces,
      now: options.context.now,
      tell: (...messages) => this.#tell(...messages),
    })
    options.context.slots.enter(key, this)
  }

  #introduction(): ExtendedMessage {
    const { context, torrent, host } = this.#options
    return introduction(torrent, {
      yourAddress: host,
      port: context.port(),
      requestQueue: MAX_QUEUED,
      uploadOnly: wantsNothing(torrent) && !this.#advertiser.isWithholding,
    })
  }

  /** Whether the peer takes, or wants to. */
  get isWanted(): boolean {
    return this.#isInterested
  }

  /** Whether it holds a slot. */
  get isServed(): boolean {
    return this.#advertiser.isServed
  }

  /** What is said first: what this peer can and what it has. */
  begin(): void {
    if (this.#options.features.extension) this.#tell(this.#introduction())
    this.#advertiser.begin()
    this.#wish()
  }

  receive(message: WireMessage): void {
    switch (message.kind) {
      case 'interested':
      case 'notInterested':
        this.#isInterested = message.kind === 'interested'
        return this.#wish()
      case 'request':
        return this.#take(message)
      case 'cancel':
        return this.#cancel(message)
      case 'hashRequest':
        return this.#take({ ...message, piecesRoot: new Uint8Array(message.piecesRoot) })
      default:
        return
    }
  }

  /** Pieces were completed here. */
  tellHave(pieces: readonly number[]): void {
    this.#advertiser.tell(pieces)
  }

  /** Nothing is wanted any more here (BEP 21). */
  tellComplete(): void {
    if (this.#options.features.extension) this.#tell(this.#introduction())
  }

  /** The peer says that it has `pieces`. */
  heard(pieces: Iterable<number>): void {
    this.#options.torrent.initialSeeding?.heard(this.#advertiser, pieces)
  }

  /** Called every second. */
  review(): void {
    const { torrent, context } = this.#options
    torrent.initialSeeding?.offer(this.#advertiser, context.now())
    this.#wish()
  }

  serve(): void {
    const { torrent, context } = this.#options
    this.#advertiser.isServed = true
    this.#tell({ kind: 'unchoke' })
    torrent.initialSeeding?.offer(this.#advertiser, context.now())
  }

  /** What was asked for already is still sent where the peer waits for it (BEP 6): a piece given in part helps nobody. */
  choke(): void {
    const { torrent, context, features } = this.#options
    this.#advertiser.isServed = false
    torrent.initialSeeding?.pause(this.#advertiser, context.now())
    this.#tell({ kind: 'choke' })
    if (!features.fast) this.#queue = this.#queue.filter((ask) => !isBlock(ask))
  }

  /** The connection is gone. */
  end(): void {
    this.#queue = []
    this.#options.torrent.initialSeeding?.leave(this.#advertiser)
    this.#options.context.slots.leave(this.#options.key)
  }

  /** One that is told of few pieces, or none yet, cannot know that it wants them: it is asked to. */
  #wish(): void {
    const { context, key, remotePieces } = this.#options
    const mayWant = this.#advertiser.isWithholding && !remotePieces().isFull
    context.slots.setInterest(key, this.#isInterested || mayWant)
  }

  #tell(...messages: readonly KnownMessage[]): void {
    this.#options.send(concatBytes(messages.map(encodeMessage)))
  }

  #take(ask: Ask): void {
    const isRefused = this.#queue.length >= MAX_QUEUED || (isBlock(ask) && !this.#isServed(ask))
    if (isRefused) return isBlock(ask) ? this.#reject(ask) : this.#tell({ ...ask, kind: 'hashReject' })
    this.#queue.push(ask)
    if (isBlock(ask)) this.#noteAsk(ask)
    if (!this.#isWorking) void this.#work()
  }

  #isServed(range: BlockRange): boolean {
    return this.#advertiser.isServed && isServable(this.#options.torrent, range)
  }

  #noteAsk({ piece }: BlockRange): void {
    const { context, torrent, key } = this.#options
    if (this.#queue.length === 1) context.slots.waits(key, 1)
    else if (piece === this.#lastAsked) return
    this.#lastAsked = piece
    torrent.initialSeeding?.asked(this.#advertiser, piece, context.now())
  }

  #cancel({ piece, begin, length }: BlockRange): void {
    const isMeant = (ask: Ask): boolean =>
      isBlock(ask) && ask.piece === piece && ask.begin === begin && ask.length === length
    if (!this.#queue.some(isMeant)) return
    this.#queue = this.#queue.filter((ask) => !isMeant(ask))
    this.#reject({ piece, begin, length })
  }

  /** BEP 6: with the fast extension every request is answered; without it silence means no. */
  #reject({ piece, begin, length }: BlockRange): void {
    if (this.#options.features.fast) this.#tell({ kind: 'reject', piece, begin, length })
  }

  async #work(): Promise<void> {
    this.#isWorking = true
    while (this.#queue.length > 0 && !this.#options.signal.aborted) {
      const [next] = this.#queue
      if (next !== undefined && !isBlock(next)) await this.#sendHashes(next)
      else await this.#sendBlocks(this.#nextBlocks())
      await this.#options.whenTaken()
    }
    this.#isWorking = false
  }

  /** The blocks that leave next in one write. */
  #nextBlocks(): readonly BlockRange[] {
    const { context, torrent } = this.#options
    const most = Math.min(BATCH_BLOCKS, uploadBatch(context, torrent, CHUNK_SIZE))
    const ranges = nextBatch(this.#queue, most)
    this.#queue.splice(0, ranges.length)
    return ranges
  }

  async #sendBlocks(ranges: readonly BlockRange[]): Promise<void> {
    const bytes = ranges.reduce((sum, range) => sum + range.length, 0)
    if (await this.#afford(bytes)) await this.#sendFrame(ranges, bytes)
  }

  /** Waits until the upload limits allow so many bytes; false when the peer is gone by then. */
  async #afford(bytes: number): Promise<boolean> {
    const { context, torrent, signal } = this.#options
    const passing = passUpload(context, torrent, bytes, signal)
    return passing === undefined || passing
  }

  async #sendFrame(ranges: readonly BlockRange[], bytes: number): Promise<void> {
    const { context, torrent, send, key } = this.#options
    const frame = takeFrame(bytes + ranges.length * PIECE_HEADER)
    try {
      await fillFrame(torrent, ranges, frame)
    } catch (error) {
      context.onBroken(torrent, error)
      giveFrame(frame)
      return ranges.forEach((range) => this.#reject(range))
    }
    torrent.uploads.add(bytes, context.now())
    this.given.add(bytes, context.now())
    context.traffic.wires.bittorrent.sent += bytes
    send(frame.bytes, () => giveFrame(frame))
    context.slots.sent(key, bytes)
    context.slots.waits(key, this.#queue.length)
    this.#noteSent(ranges)
  }

  #noteSent(ranges: readonly BlockRange[]): void {
    const { torrent, context } = this.#options
    if (torrent.initialSeeding === undefined) return
    // It may be over with any of the pieces, and then it is gone.
    for (const { piece, count } of piecesOf(ranges))
      torrent.initialSeeding?.sent(this.#advertiser, piece, context.now(), count)
  }

  async #sendHashes(range: HashRange): Promise<void> {
    const { context, torrent, send } = this.#options
    this.#queue.shift()
    const hashes = await hashesFor(torrent, range).catch((error: unknown) => {
      context.onBroken(torrent, error)
      return undefined
    })
    if (hashes === undefined) return this.#tell({ ...range, kind: 'hashReject' })
    if (await this.#afford(hashes.length)) send(encodeMessage({ ...range, kind: 'hashes', hashes }))
  }

  /** A piece of the info dictionary (BEP 9). */
  sendMetadata(piece: number, extensions: ExtensionIds): void {
    const message = metadataFor(this.#options.torrent, piece)
    const answer = extensionMessage(extensions, { name: 'ut_metadata', message })
    if (answer !== undefined) this.#tell(answer)
  }
}
