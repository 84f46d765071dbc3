import type { Block } from './block.js'

/** Bytes of memory that they take at most, of one download. */
const KEPT = 2 * 1024 * 1024

/** Blocks as long as this and longer are not kept: what one read brings is worth it. */
const LONG_BLOCK = 512 * 1024

/**
 * Blocks that are on disk by now and whose memory still holds them: what came last is what other peers ask for first, and
 * to read a short piece costs more than to copy it.
 */
export class RecentBlocks {
  readonly #most: number
  /** The oldest first. */
  readonly #blocks = new Map<number, Block>()

  /** Of blocks whose memory is `blockSize` bytes, which is more than is in them where pieces are shorter than a chunk. */
  constructor(blockSize: number) {
    this.#most = blockSize < LONG_BLOCK ? KEPT / blockSize : 0
  }

  /** The block named `first`, if it is among them. */
  get(first: number): Block | undefined {
    return this.#blocks.get(first)
  }

  /** Keeps `block`, which is whole or not; returns those whose memory is free for it. */
  keep(block: Block): Block[] {
    const freed = this.forget(block.first)
    this.#blocks.set(block.first, block)
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#most) break
      freed.push(...this.forget(oldest))
    }
    return freed
  }

  /** It is no longer as it is on disk; returns it where it was among them. */
  forget(first: number): Block[] {
    const block = this.#blocks.get(first)
    this.#blocks.delete(first)
    return block === undefined ? [] : [block]
  }

  clear(): void {
    this.#blocks.clear()
  }
}
