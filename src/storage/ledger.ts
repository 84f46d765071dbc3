import type { Bitfield } from '../protocol/bitfield.js'
import { JournalRecords } from './journalRecords.js'
import type { Journal } from './journal.js'

/** Records beyond two per chunk after which the journal is written anew. */
const SPARE_RECORDS = 1024

/** Stands for the leaf of a chunk of v1 alone: its piece is checked by the SHA-1 of the .torrent, see docs/decisions/0014. */
const NO_LEAF = new Uint8Array(32)

/**
 * Which chunks there are, and which of them the journal knows.
 * Invariant: `confirmed` is a part of `stored`; every confirmed chunk is in the journal or waits for it.
 */
export class Ledger {
  readonly #journal: Journal
  /** Chunks that were written to this download, in memory or on disk, verified or not. */
  readonly stored: Bitfield
  /** Chunks that were verified. */
  readonly confirmed: Bitfield
  readonly #journaled: Bitfield
  /** In the order in which they were confirmed. */
  readonly #waiting = new JournalRecords()

  constructor(journal: Journal, verified: Bitfield) {
    this.#journal = journal
    this.stored = verified.copy()
    this.confirmed = verified.copy()
    this.#journaled = verified.copy()
  }

  /** Whether chunks wait for the journal. */
  get isWaiting(): boolean {
    return this.#waiting.count > 0
  }

  confirm(chunk: number, leaf: Uint8Array = NO_LEAF): void {
    if (this.stored.has(chunk) && this.confirmed.add(chunk)) this.#waiting.add(chunk, leaf)
  }

  discard(chunk: number): void {
    this.stored.delete(chunk)
    if (this.confirmed.delete(chunk)) this.#waiting.take((other) => other === chunk)
  }

  /** Writes confirmed chunks that are on disk to the journal. Rejects with errors of the system. */
  async record(isInMemory: (chunk: number) => boolean): Promise<void> {
    const records = this.#waiting.take((chunk) => !isInMemory(chunk))
    if (records.count === 0) return
    try {
      if (this.#journal.count > 2 * this.confirmed.size + SPARE_RECORDS) await this.#compact()
      await this.#journal.append(records)
    } catch (error) {
      records.take((chunk) => !this.confirmed.has(chunk))
      this.#waiting.prepend(records)
      throw error
    }
    for (let index = 0; index < records.count; index++) this.#journaled.add(records.chunkAt(index))
  }

  /** Marks the journal clean; nothing may wait. Rejects with errors of the system. */
  async seal(stamp: Uint8Array): Promise<void> {
    if (this.#journaled.count !== this.confirmed.count) await this.#compact()
    await this.#journal.seal(stamp)
  }

  async #compact(): Promise<void> {
    await this.#journal.compact(this.confirmed)
    for (const chunk of [...this.#journaled]) if (!this.confirmed.has(chunk)) this.#journaled.delete(chunk)
  }
}
