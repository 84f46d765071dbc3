import type { Socket } from 'node:net'
import { equalBytes } from '../../../protocol/bytes.js'
import type { MseStream } from '../../../protocol/mse/handshake.js'
import { encodeHandshake, type Handshake } from '../../../protocol/wire/handshake.js'
import { ByteConnection } from '../../../transport/byteConnection.js'
import type { Session } from '../../../transport/jsonService.js'
import { Opening } from '../../wire/opening.js'
import { ownFeatures } from '../../wire/ownFeatures.js'
import type { Torrent } from '../../torrent/torrent.js'
import { WireSession } from '../../wire/wireSession.js'
import type { ServeContext } from '../context.js'

/** A peer that connects has so long for its handshake. Milliseconds. */
const HANDSHAKE_TIME = 15_000

/**
 * Serves a BitTorrent peer that connected (BEP 3), by way of `stream` where its handshake was obfuscated, and offers it
 * to the download of its torrent, if there is one.
 */
export const serveWire = (
  socket: Socket,
  context: ServeContext,
  wirePeerId: Uint8Array,
  stream?: MseStream,
): Session => new WireReception(socket, context, wirePeerId, stream)

class WireReception implements Session {
  readonly #connection: ByteConnection
  readonly #context: ServeContext
  readonly #wirePeerId: Uint8Array
  readonly #stream: MseStream | undefined
  readonly #opening = new Opening()
  #session: WireSession | undefined

  constructor(socket: Socket, context: ServeContext, wirePeerId: Uint8Array, stream: MseStream | undefined) {
    this.#stream = stream
    this.#context = context
    this.#wirePeerId = wirePeerId
    this.#connection = ByteConnection.accept(socket, {
      data: (bytes) => this.#receive(bytes),
      closed: (cause) => this.#session?.end(cause),
    })
    this.#connection.endAfterSilence(HANDSHAKE_TIME)
    if (stream === undefined) return
    this.#connection.obfuscate(stream)
    this.#receive(stream.received)
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

  /** An obfuscated handshake named the torrent already: it must be the same. */
  #torrentOf({ infoHash }: Handshake): Torrent | undefined {
    const { torrents } = this.#context
    const torrent = torrents.byWireHash(infoHash)
    const isMeant = this.#stream === undefined || torrents.byWireHash(this.#stream.infoHash) === torrent
    return isMeant ? torrent : undefined
  }

  /** Whether it is who it says it is, as far as it proved anything; else it is left. */
  #isHonest(handshake: Handshake): boolean {
    const { security } = this.#context
    const { provenId, remote } = this.#connection
    if (security.isHonest(handshake, provenId)) return true
    const shown = `its key is that of ${provenId ?? 'nobody'}`
    security.report(`Peer ${remote.host} is refused: ${shown}, and it says that it is another peer`)
    this.#connection.destroy()
    return false
  }

  #open(handshake: Handshake): WireSession | undefined {
    if (!this.#isHonest(handshake)) return undefined
    const torrent = this.#torrentOf(handshake)
    if (torrent === undefined || equalBytes(handshake.peerId, this.#wirePeerId)) {
      this.#connection.destroy()
      return undefined
    }
    const { infoHash } = handshake
    const greeting = {
      features: ownFeatures(torrent, this.#context.security),
      infoHash,
      peerId: this.#wirePeerId,
    }
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
