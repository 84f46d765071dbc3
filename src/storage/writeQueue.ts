import { diskError } from './diskError.js'
import { runsOf } from './writeBuffer.js'
import type { Block, WriteBuffer } from './writeBuffer.js'
import type { DiskHealth } from './diskHealth.js'
import type { PartFiles } from './partFiles.js'

/**
 * Blocks that wait for the disk, in the order in which they are written, one at a time: the system lets one write to a
 * file at once, and others that try only cost time. One that fails stays the first.
 */
export class WriteQueue {
  readonly #buffer: WriteBuffer
  readonly #parts: PartFiles
  readonly #health: DiskHealth
  readonly #onWritten: () => void
  #waiting = new Set<number>()
  #running: Promise<void> | undefined

  constructor(buffer: WriteBuffer, parts: PartFiles, health: DiskHealth, onWritten: () => void) {
    this.#buffer = buffer
    this.#parts = parts
    this.#health = health
    this.#onWritten = onWritten
  }

  /** Blocks that wait. */
  get length(): number {
    return this.#waiting.size
  }

  /** Has the block named `first` written. */
  add(first: number): void {
    this.#waiting.add(first)
    this.pump()
  }

  /** Starts the next write, if it may start. */
  pump(): void {
    if (this.#running !== undefined || !this.#health.mayTry) return
    const block = this.#next()
    if (block === undefined) return
    this.#running = this.#write(block).finally(() => {
      this.#running = undefined
      this.pump()
    })
  }

  /** Resolves when nothing waits and nothing is being written. @throws ShoalError DISK_FULL, DISK_FAILED */
  async drain(): Promise<void> {
    this.pump()
    while (this.#waiting.size > 0 || this.#running !== undefined) {
      if (this.#running === undefined && this.#health.failure) throw this.#health.failure
      await this.#running
    }
  }

  /** Forgets what waits; resolves when what is being written has ended. */
  async stop(): Promise<void> {
    this.#waiting.clear()
    await this.#running
  }

  #next(): Block | undefined {
    for (const first of this.#waiting) {
      if (this.#buffer.isLeaving(first)) continue
      this.#waiting.delete(first)
      const block = this.#buffer.begin(first)
      if (block) return block
    }
    return undefined
  }

  async #write(block: Block): Promise<void> {
    try {
      for (const { offset, buffers } of runsOf(block)) await this.#parts.write(block.stream, buffers, offset)
    } catch (error) {
      this.#buffer.undo(block)
      this.#waiting = new Set([block.first, ...this.#waiting])
      this.#health.fail(block.stream, diskError(error, this.#parts.finalPath))
      return
    }
    this.#buffer.end(block)
    this.#health.works(block.stream)
    this.#onWritten()
  }
}
