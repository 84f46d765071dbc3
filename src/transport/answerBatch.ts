import type { Socket } from 'node:net'
import type { JsonObject } from '../protocol/json/fields.js'

/** An answer as an object, as text that is JSON already, or as pieces of such text in ASCII; without the newline. */
export type Answer = JsonObject | string | readonly string[]

/** Bytes of answers that leave together while more requests wait: a quarter of what one connection has under way at most. */
const MAX_BATCH = 512 * 1024

/** Answers that leave in one write. */
export class AnswerBatch {
  readonly #socket: Socket
  /** Text here is ASCII, so that its length is its bytes'. */
  #pieces: (string | Uint8Array)[] = []
  #bytes = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_BATCH
  }

  add(answer: Answer): void {
    if (Array.isArray(answer)) for (const piece of answer as readonly string[]) this.#push(piece)
    else this.#push(Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)))
    this.#push('\n')
  }

  /** Sends them. Returns whether the socket has more to send than it likes to hold. */
  send(): boolean {
    this.#socket.write(this.#join())
    this.#pieces = []
    this.#bytes = 0
    return this.#socket.writableNeedDrain && !this.#socket.destroyed
  }

  #push(piece: string | Uint8Array): void {
    this.#pieces.push(piece)
    this.#bytes += piece.length
  }

  /** Each piece is copied once; to join them as text first costs many times more. */
  #join(): Uint8Array {
    const whole = Buffer.allocUnsafe(this.#bytes)
    let offset = 0
    for (const piece of this.#pieces) {
      if (typeof piece === 'string') whole.write(piece, offset, 'latin1')
      else whole.set(piece, offset)
      offset += piece.length
    }
    return whole
  }
}

/** Resolves once the socket takes more, or is gone. */
export const whenDrained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
