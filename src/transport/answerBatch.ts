import type { Socket } from 'node:net'
import type { JsonObject } from '../protocol/json/fields.js'

/** An answer as an object, as text that is JSON already, or as pieces of such text in ASCII; without the newline. */
export type Answer = JsonObject | string | readonly string[]

/** Bytes of answers that leave together while more requests wait: a quarter of what one connection has under way at most. */
const MAX_BATCH = 512 * 1024

/** Buffers kept for further batches, for all connections together: 8 are 4.5 MiB. Fresh ones wait for the garbage collector. */
const MAX_SPARE = 8
/** A batch has at most MAX_BATCH and one more answer with a chunk. */
const SPARE_SIZE = MAX_BATCH + 64 * 1024

const spare: Buffer[] = []

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
    const buffer = this.#bytes > SPARE_SIZE ? Buffer.allocUnsafe(this.#bytes) : takeBuffer(this.#bytes)
    this.#socket.write(this.#join(buffer), () => giveBuffer(buffer))
    this.#pieces = []
    this.#bytes = 0
    return this.#socket.writableNeedDrain && !this.#socket.destroyed
  }

  #push(piece: string | Uint8Array): void {
    this.#pieces.push(piece)
    this.#bytes += piece.length
  }

  /** Each piece is copied once; to join them as text first costs many times more. */
  #join(buffer: Buffer): Uint8Array {
    const whole = buffer.subarray(0, this.#bytes)
    let offset = 0
    for (const piece of this.#pieces) {
      if (typeof piece === 'string') whole.write(piece, offset, 'latin1')
      else whole.set(piece, offset)
      offset += piece.length
    }
    return whole
  }
}

/** Small batches are made as they are needed. */
const takeBuffer = (bytes: number): Buffer =>
  bytes < SPARE_SIZE / 8 ? Buffer.allocUnsafe(bytes) : (spare.pop() ?? Buffer.allocUnsafeSlow(SPARE_SIZE))

/** It was written, or the connection is gone. */
const giveBuffer = (buffer: Buffer): void => {
  if (buffer.length === SPARE_SIZE && spare.length < MAX_SPARE) spare.push(buffer)
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
