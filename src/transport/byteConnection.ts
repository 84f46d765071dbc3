import { Socket } from 'node:net'
import { platform } from 'node:process'
import { TLSSocket } from 'node:tls'
import type { Endpoint, PeerId } from '../protocol/ids.js'
import { whenDrained } from './answerBatch.js'
import { plainAddress } from './caller.js'
import { detourOf, type Detour } from './route.js'
import type { SecureDialling } from './secure/dialSecure.js'
import { dialSocket } from './secure/dialSocket.js'
import { provenIdOf } from './secure/shownKey.js'

/** Bytes taken from a socket at once: 32 blocks, which still lie in a core's cache when they are hashed. */
const READ_SIZE = 512 * 1024

/**
 * What every dialled connection is read into. All can use the same, since what is read is passed on before anything else
 * is read: where the system says that there is something to read. Windows reads ahead, so there each has its own.
 */
const SHARED = platform === 'win32' ? undefined : Buffer.allocUnsafeSlow(READ_SIZE)
const OWN_SIZE = 64 * 1024
/**
 * Bytes taken of one connection before everything else has its turn: libuv reads a busy one 32 times in a row, which takes
 * so long that finished writes to the disk are noticed too late.
 */
const TURN_SIZE = 2 * READ_SIZE

/** What is heard of a connection. */
export interface ByteEvents {
  /** The bytes are used again after the call. */
  data(bytes: Uint8Array): void
  /** It stands: comes once, and only for one that was dialled. */
  opened?(): void
  /** It is gone: comes once, also when this side ended it. `cause` is undefined where nothing failed. */
  closed(cause: Error | undefined): void
}

/** What hides the bytes of a connection from who looks for a protocol; it keeps nothing secret. Each may be missing. */
export interface Obfuscation {
  readonly encrypt: ((bytes: Uint8Array) => Uint8Array) | undefined
  /** Works in place. */
  readonly decrypt: ((bytes: Uint8Array) => void) | undefined
}

/** A TCP connection of bytes, whichever side made it. */
export class ByteConnection {
  readonly #socket: Socket
  #cause: Error | undefined
  #obfuscation: Obfuscation | undefined
  /** Bytes taken in this turn of the event loop. */
  #taken = 0

  private constructor(socket: Socket, events: ByteEvents) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', (error) => (this.#cause ??= error))
    socket.on('end', () => socket.destroy())
    socket.on('close', () => events.closed(this.#cause))
  }

  /** Connects to `endpoint`, for at most `timeout` milliseconds, inside TLS where it says to whom. */
  static dial(
    endpoint: Endpoint,
    timeout: number,
    events: ByteEvents,
    secure?: SecureDialling,
  ): ByteConnection {
    const buffer = SHARED ?? Buffer.allocUnsafeSlow(OWN_SIZE)
    const callback = (length: number): boolean => {
      const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, length)
      connection.#obfuscation?.decrypt?.(bytes)
      events.data(bytes)
      return connection.#mayTake(length)
    }
    const onReady = (): void => {
      socket.setTimeout(0)
      events.opened?.()
    }
    const socket = dialSocket(endpoint, { onread: { buffer, callback }, secure, onReady })
    const connection = new ByteConnection(socket, events)
    socket.setTimeout(timeout, () => connection.#fail('no answer'))
    return connection
  }

  /** One that is gone from the beginning. */
  static none(cause: Error, events: ByteEvents): ByteConnection {
    return new ByteConnection(new Socket().destroy(cause), events)
  }

  /** Takes over a socket that another side made. */
  static accept(socket: Socket, events: ByteEvents): ByteConnection {
    const connection = new ByteConnection(socket, events)
    socket.on('data', (bytes: Buffer) => {
      connection.#obfuscation?.decrypt?.(bytes)
      events.data(bytes)
    })
    return connection
  }

  /** From now on what is sent and received is obfuscated. */
  obfuscate(obfuscation: Obfuscation): void {
    this.#obfuscation = obfuscation
  }

  get encryption(): 'none' | 'mse' | 'tls' {
    if (this.#socket instanceof TLSSocket) return 'tls'
    return this.#obfuscation === undefined ? 'none' : 'mse'
  }

  /** Who the other side proved to be; undefined outside TLS. */
  get provenId(): PeerId | undefined {
    return provenIdOf(this.#socket)
  }

  /** Where the other side's end of the connection is; its port is where it listens only if it was dialled. */
  get remote(): Endpoint {
    return { host: plainAddress(this.#socket.remoteAddress), port: this.#socket.remotePort ?? 0 }
  }

  /** How it came about, where neither side simply dialled. */
  get detour(): Detour | undefined {
    return detourOf(this.#socket)
  }

  /** Bytes sent that the system has not taken yet. */
  get unsent(): number {
    return this.#socket.writableLength
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed
  }

  /** Sends `bytes`, which stay as they are until `onSent`. It comes also when they could not be sent. */
  send(bytes: Uint8Array, onSent?: () => void): void {
    if (this.#socket.destroyed) return onSent?.()
    this.#socket.write(this.#obfuscation?.encrypt?.(bytes) ?? bytes, onSent)
  }

  /** Resolves once more may be sent, or the connection is gone; undefined: at once. */
  whenTaken(): Promise<void> | undefined {
    return this.#socket.writableNeedDrain && this.isOpen ? whenDrained(this.#socket) : undefined
  }

  /** Ends the connection when for so many milliseconds nothing moved; 0: never. */
  endAfterSilence(milliseconds: number): void {
    this.#socket.setTimeout(milliseconds, () => this.#fail('nothing was heard for too long'))
  }

  /** Ends it at once; what was not sent is lost. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Sends what is left, then ends it. */
  finish(): void {
    this.#socket.destroySoon()
  }

  /** Counts what was taken; false where enough was: reading then stops and goes on in the next turn. */
  #mayTake(length: number): boolean {
    this.#taken += length
    if (this.#taken < TURN_SIZE) return true
    setImmediate(() => {
      this.#taken = 0
      this.#socket.resume()
    })
    return false
  }

  #fail(why: string): void {
    this.#cause ??= new Error(why)
    this.#socket.destroy()
  }
}
