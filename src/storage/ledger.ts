import type { Bitfield } from '../protocol/bitfield.js'
import { JournalRecords } from './journalRecords.js'
import type { Journal } from './journal.js'

/** Records beyond two per chunk after which the journal is written anew. */
const SPARE_RECORDS = 1024

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

  /** `leaves` are those of `count` chunks from `first` on, strung together; undefined in v1 alone, see docs/decisions/0014. */
  confirm(first: number, count: number, leaves: Uint8Array | undefined): void {
    for (let index = 0; index < count; index++)
      if (this.stored.has(first + index) && this.confirmed.add(first + index))
        this.#waiting.add(first + index, leaves, index)
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
