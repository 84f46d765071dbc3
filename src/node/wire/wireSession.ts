import type { Departure } from '../../engine/swarm/effect.js'
import { peerKey } from '../../engine/swarm/peerBook.js'
import { toHex } from '../../protocol/hex.js'
import type { Endpoint } from '../../protocol/ids.js'
import { clientName } from '../../protocol/wire/clientName.js'
import { WireDecoder } from '../../protocol/wire/decoder.js'
import { encodeMessage } from '../../protocol/wire/encode.js'
import {
  decodeExtended,
  extensionMessage,
  mergeExtensions,
  type ExtensionIds,
  type ReceivedExtension,
} from '../../protocol/wire/extension/registry.js'
import { messageLimit } from '../../protocol/wire/frame.js'
import type { Handshake } from '../../protocol/wire/handshake.js'
import type { ExtendedMessage, PieceMessage, WireMessage } from '../../protocol/wire/message.js'
import type { ByteConnection } from '../../transport/byteConnection.js'
import type { Arrival, LinkEvents, PeerLink } from '../link/link.js'
import type { SessionDetail } from '../report/reports.js'
import type { ServeContext } from '../serve/context.js'
import { Uploader } from '../serve/wire/uploader.js'
import { isPrivate, wantsNothing, type Torrent } from '../torrent/torrent.js'
import { Fetcher } from './fetcher.js'
import { PeerExchange, type ConnectedPeer } from './peerExchange.js'
import { Remote } from './remote.js'

/** How often it is looked whether a slot is free and whether the connection is of use. Milliseconds. */
const REVIEW_TIME = 1_000
/** BEP 3: a connection that says nothing for two minutes is dead. */
const SILENCE_TIME = 120_000
/** So that ours is not dropped either. */
const KEEP_ALIVE_TIME = 60_000
/** Bytes that may wait for a peer to read them: a batch of blocks and thousands of short answers. Who asks without reading is left. */
const MAX_UNSENT = 4 * 1024 * 1024
/** Times that a peer may say anew what it has and can: once is usual, and each is work for every piece of the torrent. */
const MAX_RESTATED = 16
/** What only peers may say that offered the fast extension (BEP 6). A reject is also of BEP 52. */
const OF_FAST: ReadonlySet<string> = new Set(['haveAll', 'haveNone', 'suggest', 'allowedFast'])

/** Flags of BEP 11: it is a seed, and it could be connected to. */
const PEX_SEED = 2
const PEX_REACHABLE = 16

export interface WireSessionOptions {
  readonly context: ServeContext
  readonly torrent: Torrent
  readonly connection: ByteConnection
  /** What the other side said. */
  readonly handshake: Handshake
  /** Where the other side listens, where this side dialled it. */
  readonly dialled: Endpoint | undefined
}

/**
 * A connection of the BitTorrent wire after both handshakes, whoever made it: each side may take and give.
 *
 * Invariant: while it is open it is in `torrent.sessions`.
 */
export class WireSession {
  readonly remote: Remote
  readonly #options: WireSessionOptions
  readonly #decoder: WireDecoder
  readonly #uploader: Uploader
  readonly #gone = new AbortController()
  readonly #exchange = new PeerExchange()
  readonly #isFast: boolean
  /** Who is served: the connection. */
  readonly #key: string
  #fetcher: Fetcher | undefined
  #extensions: ExtensionIds = new Map()
  /** Where the other side listens, once that is known. */
  #listens: Endpoint | undefined
  #timer: NodeJS.Timeout | undefined
  #spoken: number
  #restated = 0
  /** As it calls itself. */
  #client: string | undefined

  constructor(options: WireSessionOptions) {
    const { torrent, handshake, connection, context, dialled } = options
    this.#options = options
    this.#listens = dialled
    this.#isFast = handshake.features.fast
    this.#spoken = context.now()
    this.#key = `${peerKey(connection.remote)} ${toHex(handshake.infoHash)}`
    this.remote = new Remote(torrent.layout)
    this.#decoder = new WireDecoder(messageLimit(torrent.layout.pieceCount))
    this.#uploader = new Uploader({
      context,
      torrent,
      host: connection.remote.host,
      key: this.#key,
      features: handshake.features,
      remotePieces: () => this.remote.pieces,
      send: (bytes, onSent) => this.#send(bytes, onSent),
      whenTaken: () => connection.whenTaken(),
      signal: this.#gone.signal,
    })
  }

  /** Says what this peer has. The other side's handshake was answered before. */
  begin(): void {
    const { connection, torrent } = this.#options
    connection.endAfterSilence(SILENCE_TIME)
    torrent.sessions.add(this)
    this.#uploader.begin()
    this.#timer = setInterval(() => this.#review(), REVIEW_TIME)
  }

  /** Takes what was received after the handshake. */
  receive(bytes: Uint8Array): void {
    const fault = this.#decoder.push(bytes, this.#onMessage)
    if (fault !== undefined) this.#break(`a message is ${fault}`)
  }

  /** Begins to take from this peer; ends when the link is closed. */
  attach(events: LinkEvents): PeerLink {
    this.#fetcher = new Fetcher({
      layout: this.#options.torrent.layout,
      remote: this.remote,
      events,
      arrival: this.#arrival,
      isFast: this.#isFast,
      send: (bytes) => this.#send(bytes),
      onGarbage: (why) => this.#break(why),
      onClose: () => this.#detach(),
    })
    this.#fetcher.tellState()
    return this.#fetcher
  }

  /** This peer as others may be told of it, once it is known where it listens. */
  get contact(): ConnectedPeer | undefined {
    const endpoint = this.#listens
    if (endpoint === undefined) return undefined
    const flags = (this.remote.isSeed ? PEX_SEED : 0) | (this.#options.dialled ? PEX_REACHABLE : 0)
    return { key: peerKey(endpoint), peer: { ...endpoint, flags } }
  }

  get #arrival(): Arrival {
    const { dialled, connection } = this.#options
    return {
      isDialled: dialled !== undefined,
      detour: connection.detour,
      isSecure: connection.encryption === 'tls',
    }
  }

  get detail(): SessionDetail {
    const { connection, handshake, dialled, context } = this.#options
    const { host, port } = this.#listens ?? connection.remote
    return {
      key: peerKey(dialled ?? connection.remote),
      host,
      port,
      client: clientName(handshake.peerId, this.#client),
      encryption: connection.encryption,
      direction: dialled === undefined ? 'incoming' : 'outgoing',
      route: context.routeOf?.(this.#arrival) ?? 'direct',
      progress: this.remote.pieces.count / Math.max(1, this.remote.pieces.size),
      uploadRate: this.#uploader.given.rate(context.now()),
      uploaded: this.#uploader.given.total,
      isChokingUs: this.remote.isChoking,
      isInterestedInUs: this.#uploader.isWanted,
      isChokedByUs: !this.#uploader.isServed,
      isOfInterest: this.#fetcher?.isInterested === true,
    }
  }

  /** Pieces were completed here. */
  tellHave(pieces: readonly number[]): void {
    this.#uploader.tellHave(pieces)
  }

  /** Nothing is wanted any more here. */
  tellComplete(): void {
    this.#uploader.tellComplete()
  }

  /** The connection is gone. */
  end(cause: Error | undefined): void {
    clearInterval(this.#timer)
    this.#gone.abort()
    this.#options.torrent.sessions.delete(this)
    this.#uploader.end()
    this.#fetcher?.lose('closed', cause?.message ?? 'the other side closed it')
  }

  /** Lets answers under way leave and ends the connection. */
  finish(): void {
    this.#options.connection.finish()
  }

  readonly #onMessage = (message: WireMessage): void => {
    if (!this.#isFast && OF_FAST.has(message.kind))
      return this.#break(`it says ${message.kind} without the fast extension`)
    switch (message.kind) {
      case 'piece':
        return this.#take(message)
      case 'reject':
        return this.#fetcher?.reject(message)
      case 'allowedFast':
        return this.#fetcher?.allow(message.piece)
      case 'extended':
        return this.#extended(message)
      case 'choke':
      case 'unchoke':
      case 'have':
      case 'bitfield':
      case 'haveAll':
      case 'haveNone':
        return this.#hear(message)
      default:
        return this.#uploader.receive(message)
    }
  }

  /** What a peer gives counts when it is decided whom to serve. */
  #take(message: PieceMessage): void {
    if (this.#fetcher?.take(message) === true)
      this.#options.context.slots.received(this.#key, message.data.length)
  }

  #hear(message: WireMessage): void {
    const change = this.remote.hear(message)
    if (change === 'malformed') return this.#break('its bit field does not fit the torrent')
    if (change === 'holdings' && !this.#mayRestate()) return
    this.#fetcher?.hear(change)
    if (change === 'holdings') this.#uploader.heard(this.remote.pieces)
    else if (typeof change === 'object') this.#uploader.heard([change.piece])
  }

  #extended(message: ExtendedMessage): void {
    const received = decodeExtended(message)
    switch (received.name) {
      case 'handshake':
        return this.#learn(received.message)
      case 'ut_metadata':
        if (received.message.kind !== 'request') return
        return this.#uploader.sendMetadata(received.message.piece, this.#extensions)
      case 'ut_pex':
        if (isPrivate(this.#options.torrent) || !this.#exchange.mayHear(this.#options.context.now())) return
        return this.#fetcher?.learnPeers(received.message.added)
      case 'lt_donthave':
        if (this.remote.lose(received.message.piece)) this.#fetcher?.miss(received.message.piece)
        return
      default:
        return
    }
  }

  #learn({ extensions, client, requestQueue, uploadOnly, port, yourAddress }: HandshakeMessage): void {
    const { connection, context } = this.#options
    if (!this.#mayRestate()) return
    if (yourAddress !== undefined) context.ownAddress.hear(connection.remote.host, yourAddress)
    this.#client = client ?? this.#client
    this.#extensions = mergeExtensions(this.#extensions, extensions)
    this.remote.queue = requestQueue ?? this.remote.queue
    this.remote.isUploadOnly = uploadOnly ?? this.remote.isUploadOnly
    this.#fetcher?.tellState()
    if (port === undefined || this.#listens !== undefined) return
    this.#listens = { host: connection.remote.host, port }
    this.#fetcher?.listens(this.#listens)
  }

  #review(): void {
    const { torrent, connection, context } = this.#options
    if (!torrent.isServed || this.#isUseless()) return connection.destroy()
    this.#uploader.review()
    if (!isPrivate(torrent) && this.#exchange.isDue(context.now())) this.#tellPeers()
    if (context.now() - this.#spoken > KEEP_ALIVE_TIME) this.#send(encodeMessage({ kind: 'keepAlive' }))
  }

  /** Tells of the other peers of the torrent (BEP 11). */
  #tellPeers(): void {
    if (!this.#extensions.has('ut_pex')) return
    const { torrent, context } = this.#options
    const own = this.contact?.key
    const others = [...torrent.sessions].flatMap(({ contact }) =>
      contact && contact.key !== own ? [contact] : [],
    )
    const message = this.#exchange.next(others, context.now())
    const told = message && extensionMessage(this.#extensions, { name: 'ut_pex', message })
    if (told !== undefined) this.#send(encodeMessage(told))
  }

  /** Two seeds have nothing to say to each other, partial ones neither (BEP 21). */
  #isUseless(): boolean {
    return this.remote.isSeed && wantsNothing(this.#options.torrent)
  }

  #mayRestate(): boolean {
    this.#restated++
    if (this.#restated > MAX_RESTATED) this.#break('it says too often what it has')
    return this.#restated <= MAX_RESTATED
  }

  /** Nothing is taken any more. What the other side takes goes on. */
  #detach(): void {
    this.#fetcher = undefined
    if (!this.#uploader.isWanted) this.#options.connection.destroy()
  }

  #break(why: string): void {
    this.#lose('garbage', why)
    this.#options.connection.destroy()
  }

  #lose(reason: Departure, why: string): void {
    this.#fetcher?.lose(reason, why)
    this.#fetcher = undefined
  }

  #send(bytes: Uint8Array, onSent?: () => void): void {
    const { connection, context } = this.#options
    if (connection.unsent > MAX_UNSENT) connection.destroy()
    this.#spoken = context.now()
    connection.send(bytes, onSent)
  }
}

type HandshakeMessage = Extract<ReceivedExtension, { name: 'handshake' }>['message']
