import type { Socket } from 'node:net'
import { equalBytes } from '../../../protocol/bytes.js'
import { encodeHandshake, type Handshake } from '../../../protocol/wire/handshake.js'
import { ByteConnection } from '../../../transport/byteConnection.js'
import type { Session } from '../../../transport/jsonService.js'
import { Opening } from '../../wire/opening.js'
import { ownFeatures } from '../../wire/ownFeatures.js'
import { WireSession } from '../../wire/wireSession.js'
import type { ServeContext } from '../context.js'

/** A peer that connects has so long for its handshake. Milliseconds. */
const HANDSHAKE_TIME = 15_000

/** Serves a BitTorrent peer that connected (BEP 3), and offers it to the download of its torrent, if there is one. */
export const serveWire = (socket: Socket, context: ServeContext, wirePeerId: Uint8Array): Session =>
  new WireReception(socket, context, wirePeerId)

class WireReception implements Session {
  readonly #connection: ByteConnection
  readonly #context: ServeContext
  readonly #wirePeerId: Uint8Array
  readonly #opening = new Opening()
  #session: WireSession | undefined

  constructor(socket: Socket, context: ServeContext, wirePeerId: Uint8Array) {
    this.#context = context
    this.#wirePeerId = wirePeerId
    this.#connection = ByteConnection.accept(socket, {
      data: (bytes) => this.#receive(bytes),
      closed: (cause) => this.#session?.end(cause),
    })
    this.#connection.endAfterSilence(HANDSHAKE_TIME)
  }

  finish(): void {
    this.#connection.finish()
  }

  #receive(bytes: Uint8Array): void {
    const session = this.#session
    if (session !== undefined) return session.receive(bytes)
    const opened = this.#opening.push(bytes)
    if (opened === undefined) return
    if (opened === 'malformed') return this.#connection.destroy()
    const begun = this.#open(opened.handshake)
    if (opened.rest.length > 0) begun?.receive(opened.rest)
  }

  #open(handshake: Handshake): WireSession | undefined {
    const { torrents } = this.#context
    const torrent = torrents.byWireHash(handshake.infoHash)
    if (torrent === undefined || equalBytes(handshake.peerId, this.#wirePeerId)) {
      this.#connection.destroy()
      return undefined
    }
    const { infoHash } = handshake
    const greeting = { features: ownFeatures(torrent), infoHash, peerId: this.#wirePeerId }
    this.#connection.send(encodeHandshake(greeting))
    const connection = this.#connection
    const session = new WireSession({
      context: this.#context,
      torrent,
      connection,
      handshake,
      dialled: undefined,
    })
    this.#session = session
    session.begin()
    torrent.welcome?.(connection.remote, (events) => session.attach(events))
    return session
  }
}
