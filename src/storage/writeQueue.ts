import { diskError } from './diskError.js'
import { runsOf } from './block.js'
import type { Disk } from './disk/disk.js'
import type { Digest } from './disk/run.js'
import type { Block, ChunkRun } from './block.js'
import type { WriteBuffer } from './writeBuffer.js'
import type { DiskHealth } from './diskHealth.js'
import type { PartFiles } from './partFiles.js'

export interface WriteQueueOptions {
  readonly buffer: WriteBuffer
  readonly parts: PartFiles
  readonly health: DiskHealth
  readonly disk: Disk
  /** Which hashes to take of a run of a block. */
  readonly digestFor: (block: Block, run: ChunkRun) => Digest | undefined
  /** A block is on disk. */
  readonly onWritten: () => void
  /** A run is on disk, and these are the hashes that were to be taken. */
  readonly onHashed: (block: Block, run: ChunkRun, digests: Uint8Array) => void
}

/**
 * Blocks that wait for the disk, in the order in which they are written, as many at a time as it takes. One that fails
 * stays the first.
 */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  #waiting = new Set<number>()
  /** The writes under way, by their blocks. */
  readonly #running = new Map<number, Promise<void>>()

  constructor(options: WriteQueueOptions) {
    this.#options = options
  }

  /** Blocks that wait. */
  get length(): number {
    return this.#waiting.size
  }

  /** Bytes of the blocks that wait or are being written, each counted as a whole one. */
  get backlog(): number {
    return (this.#waiting.size + this.#running.size) * this.#options.buffer.blockLength
  }

  /** Has the block named `first` written. */
  add(first: number): void {
    this.#waiting.add(first)
    this.pump()
  }

  /** Starts the next writes, as many as may start. */
  pump(): void {
    const { disk, health } = this.#options
    while (this.#running.size < disk.depth && health.mayTry) {
      const block = this.#next()
      if (block === undefined) return
      const { first } = block
      const done = (): void => {
        this.#running.delete(first)
        this.pump()
      }
      this.#running.set(first, this.#write(block).finally(done))
    }
  }

  /** Resolves when the block named `first`, which is on its way, is on disk, or is open again since it could not be written. */
  async whenWritten(first: number): Promise<void> {
    await this.#running.get(first)
  }

  /** Resolves when the block named `first` neither waits nor is on its way, or when writing fails. */
  async whenSettled(first: number): Promise<void> {
    while (this.#waiting.has(first) || this.#running.has(first)) {
      if (this.#options.health.failure || this.#running.size === 0) return
      await (this.#running.get(first) ?? Promise.race(this.#running.values()))
    }
  }

  /** Resolves when nothing waits and nothing is being written. @throws ShoalError DISK_FULL, DISK_FAILED */
  async drain(): Promise<void> {
    this.pump()
    while (this.#waiting.size > 0 || this.#running.size > 0) {
      const { failure } = this.#options.health
      if (this.#running.size === 0 && failure) throw failure
      await Promise.all(this.#running.values())
    }
  }

  /** Forgets what waits; resolves when what is being written has ended. */
  async stop(): Promise<void> {
    this.#waiting.clear()
    await Promise.all(this.#running.values())
  }

  #next(): Block | undefined {
    const { buffer } = this.#options
    for (const first of this.#waiting) {
      if (buffer.isLeaving(first)) continue
      this.#waiting.delete(first)
      const block = buffer.begin(first)
      if (block) return block
    }
    return undefined
  }

  async #write(block: Block): Promise<void> {
    const { buffer, parts, health, onWritten } = this.#options
    try {
      for (const run of runsOf(block)) await this.#writeRun(block, run)
    } catch (error) {
      buffer.undo(block)
      this.#waiting = new Set([block.first, ...this.#waiting])
      health.fail(block.stream, diskError(error, parts.finalPath))
      return
    }
    buffer.end(block)
    health.works(block.stream)
    onWritten()
  }

  async #writeRun(block: Block, run: ChunkRun): Promise<void> {
    const { parts, disk, digestFor, onHashed } = this.#options
    const digest = digestFor(block, run)
    const offset = block.offset + run.start
    let start = run.start
    await parts.write(block.stream, offset, run.length, async (places, isAll) => {
      const { memory } = block
      const result = await disk.put({ memory, start, places, digest: isAll ? digest : undefined })
      block.memory = result.memory
      if (result.digests === undefined) throw result.error
      for (const { length } of places) start += length
      if (isAll && digest !== undefined) onHashed(block, run, result.digests)
    })
  }
}
