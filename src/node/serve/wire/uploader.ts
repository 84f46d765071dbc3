import type { Bitfield } from '../../../protocol/bitfield.js'
import { CHUNK_SIZE } from '../../../protocol/limits.js'
import { encodeMessage, PIECE_HEADER, writePieceHeader } from '../../../protocol/wire/encode.js'
import {
  extensionHandshakeMessage,
  extensionMessage,
  ownExtensions,
  type ExtensionIds,
} from '../../../protocol/wire/extension/registry.js'
import { METADATA_PIECE } from '../../../protocol/wire/extension/metadata.js'
import type { Features } from '../../../protocol/wire/handshake.js'
import type {
  BlockRange,
  ExtendedMessage,
  HashRange,
  KnownMessage,
  WireMessage,
} from '../../../protocol/wire/message.js'
import { isPrivate, type Torrent } from '../../torrent/torrent.js'
import type { ServeContext } from '../context.js'
import { passUpload, uploadBatch } from '../uploadLimit.js'
import { BATCH_BLOCKS, giveFrame, takeFrame } from './frame.js'
import { hashesFor } from './hashAnswer.js'
import { isServable, readRange } from './pieces.js'

/** Blocks and hashes asked for and not yet sent, of one peer: 512 x 16 KiB is 8 MiB, 16 ms at 500 MB/s. */
const MAX_QUEUED = 512

type Ask =
  | { readonly kind: 'block'; readonly range: BlockRange }
  | { readonly kind: 'hashes'; readonly range: HashRange }

export interface UploaderOptions {
  readonly context: ServeContext
  readonly torrent: Torrent
  /** Who holds the slot. */
  readonly key: string
  /** What the peer can. */
  readonly features: Features
  /** `onSent` is called once the bytes may be used again. */
  readonly send: (bytes: Uint8Array, onSent?: () => void) => void
  /** Resolves once more may be sent, or the peer is gone. */
  readonly whenTaken: () => Promise<void> | undefined
  readonly signal: AbortSignal
}

/**
 * Gives one BitTorrent peer what it asks for (BEP 3, 6, 9, 10, 52).
 *
 * Invariants: at most MAX_QUEUED asks wait; blocks go out in the order asked, of complete pieces only,
 * and only while the peer holds a slot.
 */
export class Uploader {
  readonly #options: UploaderOptions
  #queue: Ask[] = []
  #isWorking = false
  #isInterested = false
  #isUnchoked = false
  /** Pieces that the peer was told of. */
  readonly #told: Bitfield

  constructor(options: UploaderOptions) {
    this.#options = options
    this.#told = options.torrent.pieces.copy()
  }

  /** Whether the peer takes, or wants to. */
  get isWanted(): boolean {
    return this.#isInterested
  }

  /** What is said first: what this peer can and what it has. */
  begin(): void {
    const { features, torrent } = this.#options
    if (features.extension) this.#tell(this.#ownHandshake())
    if (features.fast && this.#told.isFull) this.#tell({ kind: 'haveAll' })
    else if (features.fast && this.#told.count === 0) this.#tell({ kind: 'haveNone' })
    else if (this.#told.count > 0 || torrent.layout.pieceCount === 0)
      this.#tell({ kind: 'bitfield', bytes: this.#told.bytes })
  }

  receive(message: WireMessage): void {
    switch (message.kind) {
      case 'interested':
        this.#isInterested = true
        return this.review()
      case 'notInterested':
        this.#isInterested = false
        return this.#choke()
      case 'request':
        return this.#take({ kind: 'block', range: message })
      case 'cancel':
        return this.#cancel(message)
      case 'hashRequest':
        return this.#take({
          kind: 'hashes',
          range: { ...message, piecesRoot: new Uint8Array(message.piecesRoot) },
        })
      default:
        return
    }
  }

  /** A piece is complete. */
  tellHave(piece: number): void {
    if (this.#told.add(piece)) this.#tell({ kind: 'have', piece })
  }

  /** Called now and then: gives a slot to one who waits. */
  review(): void {
    const { context, key } = this.#options
    if (this.#isInterested && !this.#isUnchoked && context.slots.request(key, context.now())) {
      this.#isUnchoked = true
      this.#tell({ kind: 'unchoke' })
    }
  }

  /** The connection is gone. */
  end(): void {
    this.#queue = []
    this.#options.context.slots.release(this.#options.key)
  }

  #tell(message: KnownMessage): void {
    this.#options.send(encodeMessage(message))
  }

  #ownHandshake(): ExtendedMessage {
    const { context, torrent } = this.#options
    const { infoBytes } = torrent.description.metainfo ?? {}
    return extensionHandshakeMessage({
      extensions: ownExtensions(isPrivate(torrent) ? ['ut_metadata'] : ['ut_metadata', 'ut_pex']),
      client: 'Shoal',
      port: context.port(),
      requestQueue: MAX_QUEUED,
      uploadOnly: this.#told.isFull,
      ...(infoBytes && { metadataSize: infoBytes.length }),
    })
  }

  #choke(): void {
    this.#options.context.slots.release(this.#options.key)
    if (!this.#isUnchoked) return
    this.#isUnchoked = false
    this.#tell({ kind: 'choke' })
    for (const ask of this.#queue) if (ask.kind === 'block') this.#reject(ask.range)
    this.#queue = this.#queue.filter((ask) => ask.kind !== 'block')
  }

  #take(ask: Ask): void {
    const isRefused =
      this.#queue.length >= MAX_QUEUED ||
      (ask.kind === 'block' && (!this.#isUnchoked || !isServable(this.#options.torrent, ask.range)))
    if (isRefused)
      return ask.kind === 'block' ? this.#reject(ask.range) : this.#tell({ ...ask.range, kind: 'hashReject' })
    this.#queue.push(ask)
    void this.#work()
  }

  #cancel({ piece, begin, length }: BlockRange): void {
    const isMeant = (ask: Ask): boolean =>
      ask.kind === 'block' &&
      ask.range.piece === piece &&
      ask.range.begin === begin &&
      ask.range.length === length
    if (!this.#queue.some(isMeant)) return
    this.#queue = this.#queue.filter((ask) => !isMeant(ask))
    this.#reject({ piece, begin, length })
  }

  /** BEP 6: with the fast extension every request is answered; without it silence means no. */
  #reject({ piece, begin, length }: BlockRange): void {
    if (this.#options.features.fast) this.#tell({ kind: 'reject', piece, begin, length })
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    while (this.#queue.length > 0 && !this.#options.signal.aborted) {
      const [next] = this.#queue
      if (next?.kind === 'hashes') await this.#sendHashes(next.range)
      else await this.#sendBlocks(this.#nextBlocks())
      await this.#options.whenTaken()
    }
    this.#isWorking = false
  }

  /** The blocks that leave next in one write. */
  #nextBlocks(): readonly BlockRange[] {
    const { context, torrent } = this.#options
    const most = Math.min(BATCH_BLOCKS, uploadBatch(context, torrent, CHUNK_SIZE))
    const end = this.#queue.findIndex((ask) => ask.kind !== 'block')
    const count = Math.min(most, end < 0 ? this.#queue.length : end)
    return this.#queue.splice(0, count).map((ask) => ask.range as BlockRange)
  }

  async #sendBlocks(ranges: readonly BlockRange[]): Promise<void> {
    const { context, torrent, key, signal } = this.#options
    // A slot is held by using it; one that others took meanwhile is gone.
    if (!context.slots.request(key, context.now())) {
      for (const range of ranges) this.#reject(range)
      return this.#choke()
    }
    const bytes = ranges.reduce((sum, range) => sum + range.length, 0)
    const passing = passUpload(context, torrent, bytes, signal)
    if (passing !== undefined && !(await passing)) return
    await this.#sendFrame(ranges, bytes)
  }

  async #sendFrame(ranges: readonly BlockRange[], bytes: number): Promise<void> {
    const { context, torrent, send } = this.#options
    const frame = takeFrame(bytes + ranges.length * PIECE_HEADER)
    try {
      await fillFrame(torrent, ranges, frame)
    } catch (error) {
      context.onBroken(torrent, error)
      giveFrame(frame)
      return ranges.forEach((range) => this.#reject(range))
    }
    torrent.uploads.add(bytes, context.now())
    send(frame, () => giveFrame(frame))
  }

  async #sendHashes(range: HashRange): Promise<void> {
    const { context, torrent, send } = this.#options
    this.#queue.shift()
    const hashes = await hashesFor(torrent, range).catch((error: unknown) => {
      context.onBroken(torrent, error)
      return undefined
    })
    if (hashes === undefined) return this.#tell({ ...range, kind: 'hashReject' })
    send(encodeMessage({ ...range, kind: 'hashes', hashes }))
  }

  /** A piece of the info dictionary (BEP 9). */
  sendMetadata(piece: number, extensions: ExtensionIds): void {
    const { infoBytes } = this.#options.torrent.description.metainfo ?? {}
    const start = piece * METADATA_PIECE
    const isThere = infoBytes !== undefined && start < infoBytes.length
    const message = isThere
      ? ({
          kind: 'data',
          piece,
          totalSize: infoBytes.length,
          data: infoBytes.subarray(start, start + METADATA_PIECE),
        } as const)
      : ({ kind: 'reject', piece } as const)
    const answer = extensionMessage(extensions, { name: 'ut_metadata', message })
    if (answer !== undefined) this.#tell(answer)
  }
}

/** Writes a message for each of `ranges` into `frame`, one after another. @throws ShoalError of the reader */
const fillFrame = async (
  torrent: Torrent,
  ranges: readonly BlockRange[],
  frame: Uint8Array,
): Promise<void> => {
  let offset = 0
  for (const range of ranges) {
    writePieceHeader(range.piece, range.begin, range.length, frame, offset)
    offset += PIECE_HEADER
    const reading = readRange(torrent, range, frame.subarray(offset, offset + range.length))
    if (reading !== undefined) await reading
    offset += range.length
  }
}
