import type { Socket } from 'node:net'

/** Bytes of answers that leave together while more requests wait: a quarter of what one connection has under way at most. */
const MAX_BATCH = 256 * 1024

/**
 * Answers that leave in one write.
 *
 * Invariant: while it holds any, the socket is corked.
 */
export class AnswerBatch {
  readonly #socket: Socket
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

  add(answer: Uint8Array): void {
    if (this.isEmpty) this.#socket.cork()
    this.#socket.write(answer)
    this.#bytes += answer.length
  }

  /** Sends them. Returns whether the socket has more to send than it likes to hold. */
  send(): boolean {
    this.#bytes = 0
    this.#socket.uncork()
    return this.#socket.writableNeedDrain && !this.#socket.destroyed
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
