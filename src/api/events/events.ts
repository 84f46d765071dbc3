import { randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { ShoalPeer, Transfer } from '../../node/api.js'
import { TotalsSum } from '../totals.js'
import { EventStream, type EventSink } from './eventStream.js'
import { TransferTable } from './transferTable.js'

/** Milliseconds from one round of events to the next. */
const INTERVAL = 250

/** Transfers looked at before other work has its turn. */
const SLICE = 500

/** Streams at once: a page has one. */
const MAX_STREAMS = 64

/**
 * Tells pages what changes. While nobody listens nothing is looked at.
 *
 * Each transfer is seen at most every INTERVAL; of more than can change in one round each has its turn, since every
 * round begins where the one before had no room left.
 */
export class Events {
  readonly #peer: ShoalPeer
  readonly #table = new TransferTable()
  readonly #streams = new Set<EventStream>()
  /** Those that wait for their first look. */
  #coming = 0
  /** Tells numbers of this run from those of another. */
  readonly #epoch = randomBytes(4).toString('hex')
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #start = 0
  #sum = new TotalsSum()

  constructor(peer: ShoalPeer) {
    this.#peer = peer
  }

  /** How many listen. */
  get count(): number {
    return this.#streams.size
  }

  get isFull(): boolean {
    return this.count + this.#coming >= MAX_STREAMS
  }

  /** Tells `sink` what changes from now on, or has changed since `lastId`; returns what ends that. */
  async subscribe(sink: EventSink, lastId: string | undefined): Promise<() => void> {
    this.#coming++
    await this.#look().finally(() => this.#coming--)
    const stream = new EventStream({ epoch: this.#epoch, table: this.#table, sink, lastId })
    this.#streams.add(stream)
    this.#timer ??= setInterval(() => void this.#tell(), INTERVAL)
    stream.tell(this.#sum.document)
    return () => {
      this.#streams.delete(stream)
      if (this.#streams.size === 0) this.#rest()
    }
  }

  #rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #tell(): Promise<void> {
    if (this.#looking !== undefined) return
    await this.#look()
    for (const stream of this.#streams) stream.tell(this.#sum.document)
  }

  /** Two who ask at once share one look. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookAt(this.#peer.transfers).finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #lookAt(transfers: readonly Transfer[]): Promise<void> {
    const table = this.#table
    table.begin()
    const sum = new TotalsSum()
    const start = this.#start % Math.max(1, transfers.length)
    for (let index = 0; index < transfers.length; index++) {
      if (index % SLICE === SLICE - 1) await turn()
      const place = (start + index) % transfers.length
      const transfer = transfers[place]
      if (transfer === undefined) continue
      if (table.hasRoom) this.#start = place + 1
      const { summary } = transfer
      sum.add(summary)
      table.see(summary)
    }
    table.end()
    this.#sum = sum
  }
}
