import type { Events as EventDocuments, Totals } from '../contract.js'
import type { TransferTable } from './transferTable.js'

/** Where events go. */
export interface EventSink {
  /** Whether what was sent before has not left yet. */
  readonly isBehind: boolean
  send(text: string): void
}

export interface EventStreamOptions {
  readonly epoch: string
  readonly table: TransferTable
  readonly sink: EventSink
  /** The last id that the reader had, of this stream or of one before. */
  readonly lastId: string | undefined
}

/** Rounds without an event after which a comment is sent, so that nobody takes the connection for dead: 15 seconds. */
const QUIET_ROUNDS = 60

/** Milliseconds after which a browser connects again. */
const RETRY = 1_000

const ID = /^([0-9a-f]{8})\.([0-9]{1,15})$/

/**
 * One reader. It has a place in the table, and is told what is new since, once a round; while it is
 * behind it is told nothing, and then all at once, so that it costs no more memory than one round.
 */
export class EventStream {
  readonly #options: EventStreamOptions
  #version: number
  #totals = ''
  #isLost: boolean
  #quiet = 0

  constructor(options: EventStreamOptions) {
    const { lastId, epoch, table } = options
    this.#options = options
    const [, ofEpoch, version] = ID.exec(lastId ?? '') ?? []
    const isKnown = ofEpoch === epoch
    this.#version = isKnown ? Number(version) : table.version
    this.#isLost = lastId !== undefined && !isKnown
    options.sink.send(`retry: ${RETRY}\n\n`)
  }

  /** Tells the reader what is new. */
  tell(totals: Totals): void {
    const { sink } = this.#options
    if (sink.isBehind) return
    const text = this.#reset() + this.#torrents() + this.#totalsText(totals)
    this.#quiet = text === '' ? this.#quiet + 1 : 0
    if (text !== '') sink.send(text)
    else if (this.#quiet % QUIET_ROUNDS === 0) sink.send(':\n\n')
  }

  #event<Name extends keyof EventDocuments>(name: Name, document: EventDocuments[Name]): string {
    return `id: ${this.#options.epoch}.${this.#version}\nevent: ${name}\ndata: ${JSON.stringify(document)}\n\n`
  }

  #reset(): string {
    const { table } = this.#options
    if (!this.#isLost && table.isKnown(this.#version)) return ''
    this.#isLost = false
    this.#version = table.version
    return this.#event('reset', {})
  }

  #torrents(): string {
    const { table } = this.#options
    const news = table.since(this.#version)
    this.#version = table.version
    const isEmpty = news.added.length + news.changed.length + news.removed.length === 0
    return isEmpty ? '' : this.#event('torrents', news)
  }

  #totalsText(totals: Totals): string {
    const text = JSON.stringify(totals)
    if (text === this.#totals) return ''
    this.#totals = text
    return this.#event('totals', totals)
  }
}
