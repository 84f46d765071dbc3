import type { Socket } from 'node:net'
import type { Pacer } from './pacer.js'

/** Two connections without a byte either way for so long are ended. Milliseconds. */
const IDLE_TIME = 2 * 60_000

export interface RelayPairOptions {
  readonly pacer: Pacer
  readonly now: () => number
  readonly onBytes: (bytes: number) => void
  readonly onEnd: () => void
}

/**
 * Carries bytes between two connections and looks at none of them.
 *
 * Invariants: what waits to be sent is at most what one socket holds and one read; both end together, once.
 */
export class RelayPair {
  readonly #sockets: readonly [Socket, Socket]
  readonly #options: RelayPairOptions
  readonly #timers = new Set<NodeJS.Timeout>()
  #isOver = false

  constructor(one: Socket, other: Socket, options: RelayPairOptions) {
    this.#sockets = [one, other]
    this.#options = options
    this.#carry(one, other)
    this.#carry(other, one)
    for (const socket of this.#sockets) if (socket.destroyed) this.end()
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const socket of this.#sockets) socket.destroySoon()
    this.#options.onEnd()
  }

  #carry(from: Socket, to: Socket): void {
    from.setTimeout(IDLE_TIME, () => this.end())
    from.on('data', (data: Buffer) => this.#pass(from, to, data))
    from.on('end', () => this.end())
    from.on('close', () => this.end())
    from.resume()
  }

  #pass(from: Socket, to: Socket, data: Buffer): void {
    if (this.#isOver) return
    const { pacer, now, onBytes } = this.#options
    onBytes(data.length)
    const isFull = !to.write(data)
    const wait = pacer.pass(this, data.length, now())
    if (!isFull && wait === 0) return
    from.pause()
    if (wait > 0) this.#after(wait, () => this.#resume(from, to))
    else to.once('drain', () => from.resume())
  }

  #resume(from: Socket, to: Socket): void {
    if (to.writableNeedDrain) to.once('drain', () => from.resume())
    else from.resume()
  }

  #after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }
}
