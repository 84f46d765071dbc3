import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { WireDecoder } from '../../protocol/wire/decoder.js'
import { encodeMessage } from '../../protocol/wire/encode.js'
import type { ExtensionHandshake } from '../../protocol/wire/extension/handshake.js'
import {
  decodeExtended,
  extensionHandshakeMessage,
  extensionMessage,
  ownExtensions,
  type ReceivedExtension,
} from '../../protocol/wire/extension/registry.js'
import { messageLimit } from '../../protocol/wire/frame.js'
import { encodeHandshake, HANDSHAKE } from '../../protocol/wire/handshake.js'
import type { KnownMessage, WireMessage } from '../../protocol/wire/message.js'

type Heard = (message: WireMessage) => void

/** A peer of the BitTorrent wire that does what a test says and nothing else, on a connection that stands. */
export class RawPeer {
  readonly heard: WireMessage[] = []
  readonly extensions: ReceivedExtension[] = []
  isClosed = false
  readonly #socket: Socket
  readonly #waiting = new Set<() => void>()
  #onMessage: Heard = () => undefined

  constructor(socket: Socket, infoHash: Uint8Array, isFast: boolean) {
    this.#socket = socket
    const decoder = new WireDecoder(messageLimit())
    let skip = HANDSHAKE
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.isClosed = true
      this.#wake()
    })
    socket.on('data', (bytes) => {
      const rest = bytes.subarray(Math.min(skip, bytes.length))
      skip -= bytes.length - rest.length
      decoder.push(rest, (message) => this.#hear(message))
      this.#wake()
    })
    const features = { extension: true, fast: isFast, v2: true, dht: false, tls: false }
    socket.write(encodeHandshake({ features, infoHash, peerId: randomBytes(20) }))
  }

  static async connect(port: number, infoHash: Uint8Array, isFast = true): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawPeer(socket, infoHash, isFast)
  }

  /** Called for each message from now on. */
  onMessage(onMessage: Heard): void {
    this.#onMessage = onMessage
  }

  send(...messages: readonly KnownMessage[]): void {
    this.#socket.write(Buffer.concat(messages.map(encodeMessage)))
  }

  introduce(handshake: Partial<ExtensionHandshake>): void {
    this.send(extensionHandshakeMessage({ extensions: ownExtensions(), ...handshake }))
  }

  sendDontHave(piece: number): void {
    const message = extensionMessage(ownExtensions(), { name: 'lt_donthave', message: { piece } })
    if (message !== undefined) this.send(message)
  }

  /** Resolves once `isSo`, or the connection is closed. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.isClosed) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  kinds(): string[] {
    return this.heard.map(({ kind }) => kind)
  }

  /** What the other side said of itself, each time. */
  introductions(): ExtensionHandshake[] {
    return this.extensions.flatMap((one) => (one.name === 'handshake' ? [one.message] : []))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #hear(message: WireMessage): void {
    const copy = 'data' in message ? { ...message, data: new Uint8Array(message.data) } : message
    this.heard.push(copy)
    if (copy.kind === 'extended') this.extensions.push(decodeExtended(copy))
    this.#onMessage(copy)
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

/** Listens for connections, and gives each to `serve` after the handshake was sent. */
export class RawListener {
  readonly #server: Server
  readonly #peers: RawPeer[] = []

  private constructor(infoHash: Uint8Array, isFast: boolean, serve: (peer: RawPeer) => void) {
    this.#server = createServer((socket) => {
      const peer = new RawPeer(socket, infoHash, isFast)
      this.#peers.push(peer)
      serve(peer)
    })
  }

  static async start(
    infoHash: Uint8Array,
    isFast: boolean,
    serve: (peer: RawPeer) => void,
  ): Promise<RawListener> {
    const listener = new RawListener(infoHash, isFast, serve)
    listener.#server.listen(0, '127.0.0.1')
    await once(listener.#server, 'listening')
    return listener
  }

  get endpoint(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port }
  }

  async close(): Promise<void> {
    for (const peer of this.#peers) peer.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
