import { setTimeout as sleep } from 'node:timers/promises'
import { equalBytes } from '../../../protocol/bytes.js'
import type { Bitfield } from '../../../protocol/bitfield.js'
import { encodeMessage, PIECE_HEADER, writePieceHeader } from '../../../protocol/wire/encode.js'
import {
  decodeExtended,
  extensionHandshakeMessage,
  extensionMessage,
  mergeExtensions,
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
import type { Torrent } from '../../torrent/torrent.js'
import type { ServeContext } from '../context.js'
import { hashesFor } from './hashAnswer.js'
import { completePieces, isServable, readRange } from './pieces.js'

/** Blocks and hashes asked for and not yet sent, of one peer: 256 x 16 KiB is 4 MiB on the way. */
const MAX_QUEUED = 256

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
  readonly send: (bytes: Uint8Array) => void
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
  #extensions: ExtensionIds = new Map()
  /** Pieces that the peer was told of. */
  #told: Bitfield

  constructor(options: UploaderOptions) {
    this.#options = options
    this.#told = completePieces(options.torrent)
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
      case 'extended':
        return this.#extended(message)
      default:
        // What a peer has, and how it treats us, matters to who takes from it.
        return
    }
  }

  /** Called now and then: gives a slot to one who waits, and tells of pieces that are new. */
  review(): void {
    const { context, key } = this.#options
    if (this.#isInterested && !this.#isUnchoked && context.slots.request(key, context.now())) {
      this.#isUnchoked = true
      this.#tell({ kind: 'unchoke' })
    }
    if (!this.#told.isFull) this.#tellNews()
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
    const { infoBytes } = this.#options.torrent.description.metainfo ?? {}
    return extensionHandshakeMessage({
      extensions: ownExtensions(['ut_metadata']),
      client: 'Shoal',
      requestQueue: MAX_QUEUED,
      uploadOnly: this.#told.isFull,
      ...(infoBytes && { metadataSize: infoBytes.length }),
    })
  }

  #tellNews(): void {
    const complete = completePieces(this.#options.torrent)
    if (equalBytes(complete.bytes, this.#told.bytes)) return
    for (const piece of complete) if (this.#told.add(piece)) this.#tell({ kind: 'have', piece })
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
    for (let ask = this.#queue.shift(); ask !== undefined; ask = this.#queue.shift()) {
      if (this.#options.signal.aborted) break
      if (ask.kind === 'block') await this.#sendBlock(ask.range)
      else await this.#sendHashes(ask.range)
      await this.#options.whenTaken()
    }
    this.#isWorking = false
  }

  async #sendBlock(range: BlockRange): Promise<void> {
    const { context, torrent, key, send, signal } = this.#options
    // A slot is held by using it; one that others took meanwhile is gone.
    if (!context.slots.request(key, context.now())) {
      this.#reject(range)
      return this.#choke()
    }
    const pause = context.uploadLimit.reserve(range.length, context.now())
    if (pause > 0) await sleep(pause, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return context.uploadLimit.refund(range.length)
    const bytes = new Uint8Array(PIECE_HEADER + range.length)
    writePieceHeader(range.piece, range.begin, range.length, bytes)
    try {
      await readRange(torrent, range, bytes.subarray(PIECE_HEADER))
    } catch (error) {
      context.onBroken(torrent, error)
      return this.#reject(range)
    }
    torrent.uploads.add(range.length, context.now())
    send(bytes)
  }

  async #sendHashes(range: HashRange): Promise<void> {
    const { context, torrent, send } = this.#options
    const hashes = await hashesFor(torrent, range).catch((error: unknown) => {
      context.onBroken(torrent, error)
      return undefined
    })
    if (hashes === undefined) return this.#tell({ ...range, kind: 'hashReject' })
    send(encodeMessage({ ...range, kind: 'hashes', hashes }))
  }

  #extended(message: ExtendedMessage): void {
    const received = decodeExtended(message)
    if (received.name === 'handshake') {
      this.#extensions = mergeExtensions(this.#extensions, received.message.extensions)
    } else if (received.name === 'ut_metadata' && received.message.kind === 'request') {
      this.#sendMetadata(received.message.piece)
    }
  }

  /** A piece of the info dictionary (BEP 9). */
  #sendMetadata(piece: number): void {
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
    const answer = extensionMessage(this.#extensions, { name: 'ut_metadata', message })
    if (answer !== undefined) this.#tell(answer)
  }
}
