import { diskError } from './diskError.js'
import { openDiskHere } from './disk/here.js'
import { openDiskThread } from './disk/thread.js'
import { DiskHealth } from './diskHealth.js'
import { Ledger } from './ledger.js'
import { PieceDigests } from './pieceDigests.js'
import { WriteBuffer } from './writeBuffer.js'
import { WriteQueue } from './writeQueue.js'
import type { Bitfield } from '../protocol/bitfield.js'
import type { Disk } from './disk/disk.js'
import type { Digest } from './disk/run.js'
import type { Block, ChunkRun } from './block.js'
import type { DownloadOptions } from './downloadOptions.js'
import type { OpenDownload } from './openDownload.js'
import type { ShoalError } from '../protocol/errors.js'

/** Content below this many bytes is done before a thread of its own pays. */
const SMALL_CONTENT = 32 * 1024 * 1024

/** Bytes in memory at most, of one download: 0.1 s at 600 MB/s, or the pieces of 64 peers that have 1 MiB each under way. */
const MAX_BUFFERED = 64 * 1024 * 1024

/** From here on peers are asked for no more: what they were asked for already fits in the rest. */
const BEHIND = MAX_BUFFERED / 4

/** The same for what waits for the disk alone: what waits longer is no more in the caches of the processor when it is hashed. */
const BACKLOG = 4 * 1024 * 1024

/** From here on, or where so much memory is taken, blocks that are not whole are written too. */
const PRESSURE = MAX_BUFFERED / 8
const TIGHT = MAX_BUFFERED / 2

/** How long a block may wait to be whole. Milliseconds. */
const MAX_AGE = 1000

/** How often the journal is written, and how much progress a crash may cost. Milliseconds. */
const TICK = 250

/** Takes chunks from memory to the part files, and what is confirmed to the journal. */
export class DownloadWriter {
  readonly #options: DownloadOptions
  readonly #disk: OpenDownload
  readonly #ledger: Ledger
  readonly #buffer: WriteBuffer
  readonly #health: DiskHealth
  readonly #queue: WriteQueue
  readonly #thread: Disk
  readonly #digests: PieceDigests
  readonly #now: () => number
  #isHalted = false
  #wasBehind = false
  #tick: NodeJS.Timeout | undefined
  /** Settles when the journal is written; one write at a time. */
  #recording: Promise<void> = Promise.resolve()

  constructor(options: DownloadOptions, disk: OpenDownload) {
    this.#options = options
    this.#disk = disk
    this.#now = options.now ?? (() => performance.now())
    this.#ledger = new Ledger(disk.journal, disk.verified)
    this.#buffer = new WriteBuffer(options.layout, this.#now)
    this.#digests = new PieceDigests(options.layout)
    this.#health = new DiskHealth(
      (error) => this.#fail(error),
      () => this.#relax(),
      () => this.#retry(),
    )
    this.#thread = options.layout.size < SMALL_CONTENT ? openDiskHere() : openDiskThread()
    this.#queue = new WriteQueue({
      buffer: this.#buffer,
      parts: disk.parts,
      health: this.#health,
      disk: this.#thread,
      digestFor: (block, run) => this.#digestFor(block, run),
      onWritten: () => this.#relax(),
      onHashed: (block, run, digests) => this.#takeDigests(block, run, digests),
    })
  }

  /** Chunks that were verified. */
  get confirmed(): Bitfield {
    return this.#ledger.confirmed
  }

  /** Bytes that wait in memory. */
  get waiting(): number {
    return this.#buffer.size
  }

  /** More waits in memory than should, or writing fails. */
  get isBehind(): boolean {
    const isMuch = this.#queue.backlog > BACKLOG || this.#buffer.size > BEHIND
    return isMuch || this.#health.failure !== undefined
  }

  /** Whether the chunk is there, in memory or on disk. */
  has(chunk: number): boolean {
    return this.#ledger.stored.has(chunk)
  }

  /** The chunk's bytes, where they are in memory. */
  get(chunk: number): Uint8Array | undefined {
    return this.#buffer.get(chunk)
  }

  isInMemory(chunk: number): boolean {
    return this.#buffer.has(chunk)
  }

  /** The name of the block on its way to the disk that has the chunk. */
  leavingWith(chunk: number): number | undefined {
    return this.#buffer.leavingWith(chunk)
  }

  /** Resolves when the block named `first` is no longer on its way to the disk. */
  whenWritten(first: number): Promise<void> {
    return this.#queue.whenWritten(first)
  }

  /**
   * Copies a chunk of the right length, whose hash is to be told where it `isUnproven`; returns false where memory is full
   * or nothing is written any more.
   */
  write(chunk: number, data: Uint8Array, isUnproven: boolean): boolean {
    if (this.#isHalted || (this.#isFull && !this.#buffer.hasRoomFor(chunk))) return false
    if (!this.#ledger.stored.add(chunk)) this.#digests.change(chunk)
    this.#enqueue(this.#buffer.put(chunk, data, isUnproven))
    this.#arm()
    if (this.isBehind) this.#wasBehind = true
    return true
  }

  /** The SHA-1 of a whole piece of v1 alone, where it was taken while the piece was written; it is told once. */
  async takeDigest(piece: number): Promise<Uint8Array | undefined> {
    for (const first of this.#buffer.blocksOf(piece)) await this.#queue.whenSettled(first)
    return this.#digests.take(piece)
  }

  confirm(first: number, count: number, leaves: Uint8Array | undefined): void {
    this.#ledger.confirm(first, count, leaves)
    this.#arm()
  }

  discard(chunk: number): void {
    this.#ledger.discard(chunk)
    this.#buffer.drop(chunk)
    this.#digests.change(chunk)
  }

  /** Writes all that is in memory, and the journal. @throws ShoalError DISK_FULL, DISK_FAILED */
  async flush(): Promise<void> {
    this.#health.tryNow()
    for (const { first } of [...this.#buffer.open]) this.#queue.add(first)
    try {
      await this.#queue.drain()
    } finally {
      await this.#record()
    }
    if (this.#health.failure) throw this.#health.failure
  }

  /** Marks the journal clean, after `flush`. Rejects with errors of the system. */
  async seal(stamp: Uint8Array): Promise<void> {
    await this.#recording
    await this.#ledger.seal(stamp)
  }

  /** Once this has resolved nothing is written any more. */
  async halt(): Promise<void> {
    this.#isHalted = true
    clearTimeout(this.#tick)
    await this.#queue.stop()
    this.#thread.close()
    this.#buffer.close()
    this.#health.tryNow()
    await this.#recording
  }

  #enqueue(block: Block): void {
    if (this.#isWhole(block)) this.#queue.add(block.first)
    else if (this.#isTight && this.#queue.length === 0) this.#enqueueOldest()
  }

  get #isTight(): boolean {
    return this.#buffer.size > PRESSURE || this.#buffer.capacity > TIGHT
  }

  get #isFull(): boolean {
    return this.#buffer.capacity >= MAX_BUFFERED
  }

  /** The SHA-256 of chunks that nobody has hashed; of v1 alone the SHA-1 of their piece. */
  #digestFor(block: Block, run: ChunkRun): Digest | undefined {
    if (!block.isUnproven) return undefined
    return this.#options.layout.isStream ? this.#digests.partOf(block, run) : 'leaves'
  }

  #takeDigests(block: Block, run: ChunkRun, digests: Uint8Array): void {
    const { layout } = this.#options
    if (layout.isStream) this.#digests.keep(block, digests)
    else this.#options.onLeaves?.(block.first + run.index, digests)
  }

  #enqueueOldest(): void {
    for (const { first } of this.#buffer.open) return this.#queue.add(first)
  }

  #isWhole(block: Block): boolean {
    const end = block.first + block.count
    while (block.firstMissing < end && !this.#isMissing(block.firstMissing)) block.firstMissing++
    return block.firstMissing === end
  }

  #isMissing(chunk: number): boolean {
    return !this.#ledger.stored.has(chunk) && this.#options.wanted.has(chunk)
  }

  #fail(error: ShoalError): void {
    this.#wasBehind = true
    this.#options.onFailure(error)
  }

  #relax(): void {
    if (!this.#wasBehind || this.isBehind) return
    this.#wasBehind = false
    this.#options.onReady()
  }

  #retry(): void {
    if (this.#queue.length === 0) this.#health.forgiveStreams()
    this.#queue.pump()
    void this.#record()
  }

  #arm(): void {
    if (this.#tick === undefined && !this.#isHalted) this.#tick = this.#wait()
  }

  #wait(): NodeJS.Timeout {
    return setTimeout(() => this.#beat(), TICK).unref()
  }

  #beat(): void {
    this.#tick = undefined
    const old = this.#now() - MAX_AGE
    for (const { first, since } of [...this.#buffer.open]) if (since <= old) this.#queue.add(first)
    if (this.#health.mayTry) void this.#record()
    if (this.#buffer.size > 0 || this.#ledger.isWaiting) this.#arm()
  }

  /** Never rejects: a failure goes the way of all failures. */
  #record(): Promise<void> {
    this.#recording = this.#recording.then(async () => {
      if (this.#isHalted) return
      try {
        await this.#disk.parts.check()
        await this.#ledger.record((chunk) => this.#buffer.has(chunk))
        this.#health.works('journal')
      } catch (error) {
        this.#health.fail('journal', diskError(error, this.#options.journal))
      }
    })
    return this.#recording
  }
}
