import { BufferPool } from './bufferPool.js'
import type { Block } from './block.js'
import { RecentBlocks } from './recentBlocks.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import type { Layout } from '../protocol/metainfo/layout.js'

/** What is written at once: a piece, or 1 MiB of a longer one. More gains nothing and holds memory longer. */
const MAX_BLOCK = 1024 * 1024

/** Memory of blocks kept for the next ones, bytes: 16 of the longest, or as many short ones as wait when the disk is behind. */
const MAX_SPARE = 16 * MAX_BLOCK

/**
 * Chunks that are not on disk yet, and some that were just written.
 * Invariant: a block is `open` while chunks may be put into it, then `leaving` until its write has ended; a second
 * one of the same name may be open meanwhile, whose chunks are newer. The memory of a leaving block is not changed.
 */
export class WriteBuffer {
  readonly #layout: Layout
  readonly #blockChunks: number
  readonly #now: () => number
  readonly #pool: BufferPool
  /** The oldest first. */
  readonly #open = new Map<number, Block>()
  readonly #leaving = new Map<number, Block>()
  readonly #recent: RecentBlocks
  #held = 0

  constructor(layout: Layout, now: () => number) {
    this.#layout = layout
    this.#blockChunks = Math.min(layout.chunksPerPiece, MAX_BLOCK / CHUNK_SIZE)
    const blockSize = this.#blockChunks * CHUNK_SIZE
    this.#pool = new BufferPool(blockSize, Math.floor(MAX_SPARE / blockSize))
    this.#recent = new RecentBlocks(blockSize)
    this.#now = now
  }

  /** Bytes of the chunks in memory, a short one counted as a whole. */
  get size(): number {
    return this.#held * CHUNK_SIZE
  }

  /** Bytes of a whole block. */
  get blockLength(): number {
    return Math.min(this.#layout.pieceLength, MAX_BLOCK)
  }

  /** Bytes of memory that they take. */
  get capacity(): number {
    return (this.#open.size + this.#leaving.size) * this.#blockChunks * CHUNK_SIZE
  }

  /** The names of a piece's blocks, in the order of their chunks. */
  blocksOf(piece: number): number[] {
    const { first, count } = this.#layout.chunksOf(piece)
    const length = Math.ceil(count / this.#blockChunks)
    return Array.from({ length }, (_, index) => first + index * this.#blockChunks)
  }

  /** Blocks not on their way to the disk, the oldest first. */
  get open(): IterableIterator<Block> {
    return this.#open.values()
  }

  /** Copies `data`, whose hash is known or else `isUnproven`; returns the block it went into. */
  put(chunk: number, data: Uint8Array, isUnproven = false): Block {
    const block = this.#blockFor(chunk)
    const index = chunk - block.first
    block.memory.set(data, index * CHUNK_SIZE)
    if (isUnproven) block.isUnproven = true
    if (block.present[index] === 0) this.#add(block, index)
    return block
  }

  has(chunk: number): boolean {
    return this.#holderOf(chunk) !== undefined
  }

  /** Whether `put` needs no more memory for it. */
  hasRoomFor(chunk: number): boolean {
    return this.#open.has(this.#firstOf(chunk))
  }

  /** The chunk's bytes, where they are in the memory of this thread. */
  get(chunk: number): Uint8Array | undefined {
    const block = this.#holderOf(chunk) ?? this.#recentWith(chunk)
    if (block === undefined || block.memory.length === 0) return undefined
    const start = (chunk - block.first) * CHUNK_SIZE
    return block.memory.subarray(start, Math.min(start + CHUNK_SIZE, block.length))
  }

  /** Forgets a chunk that is not on its way to the disk. */
  drop(chunk: number): void {
    this.#forget(this.#firstOf(chunk))
    const block = this.#open.get(this.#firstOf(chunk))
    if (block?.present[chunk - block.first] !== 1) return
    block.firstMissing = Math.min(block.firstMissing, chunk)
    block.present[chunk - block.first] = 0
    block.held--
    this.#held--
    if (block.held > 0) return
    this.#open.delete(block.first)
    this.#pool.give(block.memory)
  }

  /** The name of the block on its way to the disk in which the chunk is, where it is in none that is open. */
  leavingWith(chunk: number): number | undefined {
    const block = this.#holderOf(chunk)
    return block !== undefined && this.#leaving.get(block.first) === block ? block.first : undefined
  }

  /** Whether the block named `first` is on its way to the disk. */
  isLeaving(first: number): boolean {
    return this.#leaving.has(first)
  }

  /** Takes the block named `first` out for writing; it must not be leaving already. */
  begin(first: number): Block | undefined {
    const block = this.#open.get(first)
    if (!block) return undefined
    this.#open.delete(first)
    this.#leaving.set(first, block)
    return block
  }

  /** The block is on disk. */
  end(block: Block): void {
    this.#leaving.delete(block.first)
    this.#held -= block.held
    // Chunks of an open one of the same name are newer.
    const freed = this.#open.has(block.first) ? [block] : this.#recent.keep(block)
    for (const { memory } of freed) this.#pool.give(memory)
  }

  /** Nothing is put or written any more: forgets what is on disk. */
  close(): void {
    this.#recent.clear()
  }

  /** The block could not be written: it is open again, with the newer of two chunks where there are two. */
  undo(block: Block): void {
    this.#leaving.delete(block.first)
    const newer = this.#open.get(block.first)
    this.#open.set(block.first, block)
    if (newer === undefined) return
    for (let index = 0; index < newer.count; index++) {
      if (newer.present[index] === 0) continue
      const start = index * CHUNK_SIZE
      block.memory.set(newer.memory.subarray(start, start + CHUNK_SIZE), start)
      if (block.present[index] === 0) this.#add(block, index)
    }
    if (newer.isUnproven) block.isUnproven = true
    this.#release(newer)
  }

  #add(block: Block, index: number): void {
    block.present[index] = 1
    block.held++
    this.#held++
  }

  #recentWith(chunk: number): Block | undefined {
    const first = this.#firstOf(chunk)
    const block = this.#recent.get(first)
    return block?.present[chunk - first] === 1 ? block : undefined
  }

  #forget(first: number): void {
    for (const { memory } of this.#recent.forget(first)) this.#pool.give(memory)
  }

  #release(block: Block): void {
    this.#held -= block.held
    this.#pool.give(block.memory)
  }

  /** The newest block with the chunk. */
  #holderOf(chunk: number): Block | undefined {
    if (this.#held === 0) return undefined
    const first = this.#firstOf(chunk)
    const open = this.#open.get(first)
    if (open?.present[chunk - first] === 1) return open
    const leaving = this.#leaving.get(first)
    return leaving?.present[chunk - first] === 1 ? leaving : undefined
  }

  #blockFor(chunk: number): Block {
    const first = this.#firstOf(chunk)
    const open = this.#open.get(first)
    if (open) return open
    this.#forget(first)
    const block = this.#newBlock(first)
    this.#open.set(first, block)
    return block
  }

  #newBlock(first: number): Block {
    const { stream, offset } = this.#layout.spanOf(first)
    const { first: firstOfPiece, count: countOfPiece } = this.#layout.chunksOf(this.#layout.pieceOf(first))
    const count = Math.min(this.#blockChunks, firstOfPiece + countOfPiece - first)
    const last = this.#layout.spanOf(first + count - 1)
    return {
      stream,
      first,
      count,
      offset,
      length: last.offset + last.length - offset,
      memory: this.#pool.take(),
      present: new Uint8Array(count),
      held: 0,
      isUnproven: false,
      since: this.#now(),
      firstMissing: first,
    }
  }

  #firstOf(chunk: number): number {
    const { first } = this.#layout.chunksOfStream(this.#layout.streamOf(chunk))
    return chunk - (((chunk - first) % this.#layout.chunksPerPiece) % this.#blockChunks)
  }
}
