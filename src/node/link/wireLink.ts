import type { Departure } from '../../engine/swarm/effect.js'
import { equalBytes } from '../../protocol/bytes.js'
import type { Endpoint } from '../../protocol/ids.js'
import { encodeHandshake } from '../../protocol/wire/handshake.js'
import { ByteConnection } from '../../transport/byteConnection.js'
import type { ServeContext } from '../serve/context.js'
import { ownFeatures } from '../wire/ownFeatures.js'
import { Opening } from '../wire/opening.js'
import { WireSession } from '../wire/wireSession.js'
import { wireHashOf, type Torrent } from '../torrent/torrent.js'
import type { LinkEvents, PeerLink } from './link.js'

/** Milliseconds for a connection to stand, and then for the handshake to be answered. */
const CONNECT_TIME = 10_000
const HANDSHAKE_TIME = 10_000

export interface WireLinkOptions {
  readonly endpoint: Endpoint
  readonly torrent: Torrent
  readonly context: ServeContext
  /** This peer's id on the wire, 20 bytes. */
  readonly wirePeerId: Uint8Array
  /** Undefined where nothing is to be taken: the connection is made to be asked. */
  readonly events: LinkEvents | undefined
  /** How long the other side has to answer the handshake, where not the usual time. Milliseconds. */
  readonly handshakeTime?: number | undefined
  /** The connection is gone or was never made. */
  readonly onGone?: () => void
}

/** Connects to a BitTorrent peer and exchanges handshakes; from then on a session speaks. */
export class WireLink implements PeerLink {
  readonly #options: WireLinkOptions
  readonly #connection: ByteConnection
  readonly #opening = new Opening()
  #session: WireSession | undefined
  #link: PeerLink | undefined
  #timer: NodeJS.Timeout | undefined
  #isOver = false
  #isSelf = false

  constructor(options: WireLinkOptions) {
    this.#options = options
    this.#connection = ByteConnection.dial(options.endpoint, CONNECT_TIME, {
      opened: () => this.#greet(),
      data: (bytes) => this.#receive(bytes),
      closed: (cause) => this.#end(cause),
    })
  }

  /** Whether the other side turned out to want nothing, or to be this very peer. */
  get isUseless(): boolean {
    return this.#isSelf || this.#session?.remote.isSeed === true
  }

  interest(): void {
    this.#link?.interest()
  }

  disinterest(): void {
    this.#link?.disinterest()
  }

  request(chunks: readonly number[]): void {
    this.#link?.request(chunks)
  }

  cancel(chunk: number): void {
    this.#link?.cancel(chunk)
  }

  findPeers(): void {
    this.#link?.findPeers()
  }

  close(): void {
    this.#isOver = true
    if (this.#link === undefined) this.#connection.destroy()
    else this.#link.close()
  }

  #greet(): void {
    const { torrent, wirePeerId, handshakeTime = HANDSHAKE_TIME } = this.#options
    const greeting = { features: ownFeatures(torrent), infoHash: wireHashOf(torrent), peerId: wirePeerId }
    this.#connection.send(encodeHandshake(greeting))
    this.#timer = setTimeout(() => this.#connection.destroy(), handshakeTime)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#session !== undefined) return this.#session.receive(bytes)
    const opened = this.#opening.push(bytes)
    if (opened === undefined) return
    if (opened === 'malformed') return this.#fail('garbage', 'it does not speak the BitTorrent wire')
    const { torrent, context, wirePeerId, endpoint, events } = this.#options
    const { handshake, rest } = opened
    if (!torrent.isServed || context.torrents.byWireHash(handshake.infoHash) !== torrent)
      return this.#fail('garbage', 'it answered about another torrent')
    this.#isSelf = equalBytes(handshake.peerId, wirePeerId)
    if (this.#isSelf) return this.#fail('self', 'it is this peer')
    clearTimeout(this.#timer)
    const connection = this.#connection
    this.#session = new WireSession({ context, torrent, connection, handshake, dialled: endpoint })
    this.#session.begin()
    if (events !== undefined && !this.#isOver) this.#link = this.#session.attach(events)
    if (rest.length > 0) this.#session.receive(rest)
  }

  #end(cause: Error | undefined): void {
    clearTimeout(this.#timer)
    this.#session?.end(cause)
    if (this.#session === undefined)
      this.#fail('unreachable', cause?.message ?? 'it closed the connection without a handshake')
    this.#options.onGone?.()
  }

  #fail(reason: Departure, detail: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#connection.destroy()
    this.#options.events?.lost(reason, detail)
  }
}
