import type { Socket } from 'node:net'
import { encodeUtf8 } from '../../../protocol/bytes.js'
import type { PeerId } from '../../../protocol/ids.js'
import { WireDecoder } from '../../../protocol/wire/decoder.js'
import { encodeMessage } from '../../../protocol/wire/encode.js'
import { messageLimit } from '../../../protocol/wire/frame.js'
import {
  decodeHandshake,
  encodeHandshake,
  HANDSHAKE,
  type Handshake,
} from '../../../protocol/wire/handshake.js'
import { whenDrained } from '../../../transport/answerBatch.js'
import { plainAddress, type Session } from '../../../transport/jsonService.js'
import type { Torrent } from '../../torrent/torrent.js'
import type { ServeContext } from '../context.js'
import { Uploader } from './uploader.js'

/** How often it is looked whether a slot is free and what is new. Milliseconds. */
const REVIEW_TIME = 1_000
/** BEP 3: a connection that says nothing for two minutes is dead; before its handshake it gets less. */
const SILENCE_TIME = 120_000
const HANDSHAKE_TIME = 15_000
/** Bytes that may wait for a peer to read them: a block and thousands of short answers. Who asks without reading is left. */
const MAX_UNSENT = 1024 * 1024
/** So that ours is not dropped either. */
const KEEP_ALIVE_TIME = 60_000

/** Azureus style (BEP 20): SH, version 0.1.0, and the beginning of Shoal's own peer id. */
const wirePeerId = (peerId: PeerId): Uint8Array => encodeUtf8(`-SH0100-${peerId.slice(0, 12)}`)

/** Serves a BitTorrent peer that connected (BEP 3). */
export const serveWire = (socket: Socket, context: ServeContext, peerId: PeerId): Session =>
  new WireSession(socket, context, peerId)

class WireSession implements Session {
  readonly #socket: Socket
  readonly #context: ServeContext
  readonly #peerId: PeerId
  readonly #gone = new AbortController()
  #greeting: Uint8Array[] = []
  #greeted = 0
  #decoder: WireDecoder | undefined
  #uploader: Uploader | undefined
  #timer: NodeJS.Timeout | undefined
  #spoken = 0

  constructor(socket: Socket, context: ServeContext, peerId: PeerId) {
    this.#socket = socket
    this.#context = context
    this.#peerId = peerId
    socket.setNoDelay(true)
    socket.setTimeout(HANDSHAKE_TIME, () => socket.destroy())
    socket.on('data', (data) => this.#receive(data))
    socket.on('end', () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#end())
  }

  finish(): void {
    this.#socket.destroySoon()
  }

  #receive(data: Uint8Array): void {
    if (this.#uploader !== undefined) return this.#read(data)
    const needed = HANDSHAKE - this.#greeted
    this.#greeting.push(data.subarray(0, needed))
    this.#greeted += Math.min(needed, data.length)
    if (this.#greeted < HANDSHAKE) return
    const handshake = decodeHandshake(Buffer.concat(this.#greeting))
    const torrent = handshake && this.#context.torrents.byWireHash(handshake.infoHash)
    if (handshake === undefined || torrent === undefined) return void this.#socket.destroy()
    this.#begin(handshake, torrent)
    if (data.length > needed) this.#read(data.subarray(needed))
  }

  #begin(handshake: Handshake, torrent: Torrent): void {
    const features = {
      extension: true,
      fast: true,
      v2: torrent.description.infoHash !== undefined,
      dht: false,
    }
    this.#socket.write(
      encodeHandshake({ features, infoHash: handshake.infoHash, peerId: wirePeerId(this.#peerId) }),
    )
    this.#socket.setTimeout(SILENCE_TIME)
    this.#greeting = []
    this.#decoder = new WireDecoder(messageLimit(torrent.layout.pieceCount))
    this.#uploader = new Uploader({
      context: this.#context,
      torrent,
      key: `${plainAddress(this.#socket.remoteAddress)} ${Buffer.from(handshake.peerId).toString('latin1')}`,
      features: handshake.features,
      send: (bytes) => this.#send(bytes),
      whenTaken: () => (this.#socket.writableNeedDrain ? whenDrained(this.#socket) : undefined),
      signal: this.#gone.signal,
    })
    this.#uploader.begin()
    this.#timer = setInterval(() => this.#review(torrent), REVIEW_TIME)
  }

  #read(data: Uint8Array): void {
    const fault = this.#decoder?.push(data, (message) => this.#uploader?.receive(message))
    if (fault !== undefined) this.#socket.destroy()
  }

  #review(torrent: Torrent): void {
    if (!torrent.isServed) return void this.#socket.destroy()
    this.#uploader?.review()
    if (this.#context.now() - this.#spoken > KEEP_ALIVE_TIME) this.#send(encodeMessage({ kind: 'keepAlive' }))
  }

  #send(bytes: Uint8Array): void {
    if (this.#socket.writableLength > MAX_UNSENT) this.#socket.destroy()
    if (this.#socket.destroyed) return
    this.#spoken = this.#context.now()
    this.#socket.write(bytes)
  }

  #end(): void {
    clearInterval(this.#timer)
    this.#gone.abort()
    this.#uploader?.end()
  }
}
