import { BufferPool } from './bufferPool.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import type { Layout } from '../protocol/metainfo/layout.js'

/** What is written at once: a piece, or 1 MiB of a longer one. More gains nothing and holds memory longer. */
const MAX_BLOCK = 1024 * 1024

/** Chunks whose memory is made at once: 1 MiB. */
const SLAB_CHUNKS = 64

/** Neighbouring chunks of one piece that are written together. */
export interface Block {
  readonly stream: number
  /** Its first chunk, which also names it. */
  readonly first: number
  /** Bytes from the stream's start. */
  readonly offset: number
  /** Bytes. */
  readonly length: number
  /** A buffer for each chunk that is in memory. */
  readonly slots: (Uint8Array | undefined)[]
  /** When its first chunk came. */
  readonly since: number
  /** Chunks before this one need not be looked at again, to see whether one is missing. */
  firstMissing: number
}

/** Chunks in a row, as one write takes them. */
export interface Run {
  /** Bytes from the stream's start. */
  readonly offset: number
  readonly buffers: Uint8Array[]
}

/**
 * Chunks that are not on disk yet.
 * Invariant: a block is `open` while chunks may be put into it, then `leaving` until its write has ended; a second
 * one of the same name may be open meanwhile, whose chunks are newer. No buffer of a leaving block is changed.
 */
export class WriteBuffer {
  readonly #layout: Layout
  readonly #blockChunks: number
  readonly #now: () => number
  readonly #pool = new BufferPool(CHUNK_SIZE, SLAB_CHUNKS)
  /** The oldest first. */
  readonly #open = new Map<number, Block>()
  readonly #leaving = new Map<number, Block>()
  #held = 0

  constructor(layout: Layout, now: () => number) {
    this.#layout = layout
    this.#blockChunks = Math.min(layout.chunksPerPiece, MAX_BLOCK / CHUNK_SIZE)
    this.#now = now
  }

  /** Bytes of the chunks in memory, a short one counted as a whole. */
  get size(): number {
    return this.#held * CHUNK_SIZE
  }

  /** Blocks not on their way to the disk, the oldest first. */
  get open(): IterableIterator<Block> {
    return this.#open.values()
  }

  /** Copies `data`; returns the block it went into. */
  put(chunk: number, data: Uint8Array): Block {
    const block = this.#blockFor(chunk)
    const index = chunk - block.first
    block.slots[index] ??= this.#take()
    block.slots[index].set(data)
    return block
  }

  has(chunk: number): boolean {
    return this.get(chunk) !== undefined
  }

  /** The chunk's bytes, where they are in memory. */
  get(chunk: number): Uint8Array | undefined {
    if (this.#held === 0) return undefined
    const first = this.#firstOf(chunk)
    const open = this.#open.get(first)
    const block = open?.slots[chunk - first] ? open : this.#leaving.get(first)
    const slot = block?.slots[chunk - first]
    return block && slot && trim(slot, block, chunk - first)
  }

  /** Forgets a chunk that is not on its way to the disk. */
  drop(chunk: number): void {
    const block = this.#open.get(this.#firstOf(chunk))
    if (!block) return
    block.firstMissing = Math.min(block.firstMissing, chunk)
    this.#give(block, chunk - block.first)
    if (block.slots.every((slot) => slot === undefined)) this.#open.delete(block.first)
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
    // The last first: the pool gives out what it got last, so that the next block's chunks stand in a row in memory.
    for (let index = block.slots.length - 1; index >= 0; index--) this.#give(block, index)
  }

  /** The block could not be written: it is open again, with the newer of two chunks where there are two. */
  undo(block: Block): void {
    this.#leaving.delete(block.first)
    const newer = this.#open.get(block.first)
    this.#open.set(block.first, block)
    newer?.slots.forEach((slot, index) => {
      if (slot === undefined) return
      this.#give(block, index)
      block.slots[index] = slot
    })
  }

  #blockFor(chunk: number): Block {
    const first = this.#firstOf(chunk)
    const open = this.#open.get(first)
    if (open) return open
    const block = this.#newBlock(first)
    this.#open.set(first, block)
    return block
  }

  #newBlock(first: number): Block {
    const { stream, offset } = this.#layout.spanOf(first)
    const { first: firstOfPiece, count: countOfPiece } = this.#layout.chunksOf(this.#layout.pieceOf(first))
    const count = Math.min(this.#blockChunks, firstOfPiece + countOfPiece - first)
    const last = this.#layout.spanOf(first + count - 1)
    const length = last.offset + last.length - offset
    const slots = Array.from<undefined>({ length: count })
    return { stream, first, offset, length, slots, since: this.#now(), firstMissing: first }
  }

  #firstOf(chunk: number): number {
    const { first } = this.#layout.chunksOfStream(this.#layout.streamOf(chunk))
    return chunk - (((chunk - first) % this.#layout.chunksPerPiece) % this.#blockChunks)
  }

  #take(): Uint8Array {
    this.#held++
    return this.#pool.take()
  }

  #give(block: Block, index: number): void {
    const slot = block.slots[index]
    if (slot === undefined) return
    block.slots[index] = undefined
    this.#held--
    this.#pool.give(slot)
  }
}

/** The runs of chunks that `block` has in memory. */
export const runsOf = (block: Block): Run[] => {
  const runs: Run[] = []
  let run: Run | undefined
  block.slots.forEach((slot, index) => {
    if (slot === undefined) {
      run = undefined
      return
    }
    if (run === undefined) runs.push((run = { offset: block.offset + index * CHUNK_SIZE, buffers: [] }))
    append(run.buffers, trim(slot, block, index))
  })
  return runs
}

/** Adds `buffer`; where it goes on in memory where the last one ends the two become one, since each costs a write something. */
const append = (buffers: Uint8Array[], buffer: Uint8Array): void => {
  const last = buffers.at(-1)
  if (
    last === undefined ||
    last.buffer !== buffer.buffer ||
    last.byteOffset + last.length !== buffer.byteOffset
  )
    buffers.push(buffer)
  else buffers[buffers.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + buffer.length)
}

/** Only the last chunk of a piece may be shorter than its buffer. */
const trim = (slot: Uint8Array, block: Block, index: number): Uint8Array => {
  const rest = block.length - index * CHUNK_SIZE
  return rest < CHUNK_SIZE ? slot.subarray(0, rest) : slot
}
