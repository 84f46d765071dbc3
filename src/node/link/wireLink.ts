import type { Departure } from '../../engine/swarm/effect.js'
import { peerKey } from '../../engine/swarm/peerBook.js'
import { equalBytes } from '../../protocol/bytes.js'
import type { Handshake } from '../../protocol/wire/handshake.js'
import type { ByteConnection } from '../../transport/byteConnection.js'
import type { Dialled } from '../security/peerSecurity.js'
import type { ServeContext } from '../serve/context.js'
import { ownFeatures } from '../wire/ownFeatures.js'
import { WireDial, type Seek } from '../wire/wireDial.js'
import { WireSession } from '../wire/wireSession.js'
import { wireHashOf, type Torrent } from '../torrent/torrent.js'
import type { Arrival, LinkEvents, PeerLink } from './link.js'

const OTHER_ID = 'it says that it is another peer than its key does'

export interface WireLinkOptions {
  readonly endpoint: Dialled
  readonly torrent: Torrent
  readonly context: ServeContext
  /** This peer's id on the wire, 20 bytes. */
  readonly wirePeerId: Uint8Array
  /** Undefined where nothing is to be taken: the connection is made to be asked. */
  readonly events: LinkEvents | undefined
  /** How long the other side has to answer the handshake, where not the usual time. Milliseconds. */
  readonly handshakeTime?: number | undefined
  /** Looks for another way to the peer while it is dialled. */
  readonly seek?: Seek | undefined
  /** The connection is gone or was never made. */
  readonly onGone?: () => void
}

/** Connects to a BitTorrent peer and exchanges handshakes; from then on a session speaks. */
export class WireLink implements PeerLink {
  readonly wire = 'bittorrent'
  readonly #options: WireLinkOptions
  readonly #dial: WireDial
  #session: WireSession | undefined
  #link: PeerLink | undefined
  #isOver = false
  #isSelf = false

  constructor(options: WireLinkOptions) {
    this.#options = options
    const { endpoint, torrent, wirePeerId, context, handshakeTime, seek } = options
    this.#dial = new WireDial({
      endpoint,
      greeting: {
        features: ownFeatures(torrent, context.security),
        infoHash: wireHashOf(torrent),
        peerId: wirePeerId,
      },
      ways: context.ways,
      plan: context.security.planFor(endpoint, torrent.peers),
      isToRedial: (handshake) => context.security.isToRedial(handshake),
      handshakeTime,
      seek,
      events: {
        opened: (connection, handshake) => this.#open(connection, handshake),
        data: (bytes) => this.#session?.receive(bytes),
        stranger: (detail) => this.#fail('stranger', detail),
        garbage: (detail) => this.#fail('garbage', detail),
        closed: (cause) => this.#end(cause),
      },
    })
  }

  /** Whether the other side turned out to want nothing, or to be this very peer. */
  get isUseless(): boolean {
    return this.#isSelf || this.#session?.remote.isSeed === true
  }

  get isSearching(): boolean {
    return this.#dial.isSearching
  }

  get arrival(): Arrival | undefined {
    return this.#link?.arrival
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
    if (this.#link === undefined) this.#dial.destroy()
    else this.#link.close()
  }

  #open(connection: ByteConnection, handshake: Handshake): void {
    const { torrent, context, wirePeerId, endpoint, events } = this.#options
    if (!torrent.isServed || context.torrents.byWireHash(handshake.infoHash) !== torrent)
      return this.#fail('garbage', 'it answered about another torrent')
    if (!context.security.isHonest(handshake, connection.provenId)) {
      context.security.report(`Peer ${peerKey(endpoint)} is refused: ${OTHER_ID}`)
      return this.#fail('stranger', OTHER_ID)
    }
    this.#isSelf = equalBytes(handshake.peerId, wirePeerId)
    if (this.#isSelf) return this.#fail('self', 'it is this peer')
    this.#session = new WireSession({ context, torrent, connection, handshake, dialled: endpoint })
    this.#session.begin()
    if (events !== undefined && !this.#isOver) this.#link = this.#session.attach(events)
  }

  #end(cause: Error | undefined): void {
    this.#session?.end(cause)
    if (this.#session === undefined)
      this.#fail('unreachable', cause?.message ?? 'it closed the connection without a handshake')
    this.#options.onGone?.()
  }

  #fail(reason: Departure, detail: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#dial.destroy()
    this.#options.events?.lost(reason, detail)
  }
}
