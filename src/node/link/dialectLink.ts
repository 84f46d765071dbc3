import type { Wire } from '../report/reports.js'
import type { Arrival, LinkEvents, PeerLink } from './link.js'

/** Opens a link of one dialect. */
export type OpenLink = (events: LinkEvents) => PeerLink

/**
 * A link to a peer of which it is not known what it speaks: tries one dialect after another until one is answered.
 *
 * Invariant: events come from the present link alone.
 */
export class DialectLink implements PeerLink {
  readonly #events: LinkEvents
  readonly #untried: OpenLink[]
  #link: PeerLink
  #isInterested = false

  /** `dialects` has at least one. */
  constructor([first, ...untried]: readonly [OpenLink, ...OpenLink[]], events: LinkEvents) {
    this.#events = events
    this.#untried = untried
    this.#link = first(this.#eventsOf())
  }

  /** That of the present link. */
  get wire(): Wire {
    return this.#link.wire
  }

  get arrival(): Arrival | undefined {
    return this.#link.arrival
  }

  interest(): void {
    this.#isInterested = true
    this.#link.interest()
  }

  disinterest(): void {
    this.#link.disinterest()
  }

  request(chunks: readonly number[]): void {
    this.#link.request(chunks)
  }

  cancel(chunk: number): void {
    this.#link.cancel(chunk)
  }

  findPeers(): void {
    this.#link.findPeers()
  }

  close(): void {
    this.#untried.length = 0
    this.#link.close()
  }

  #eventsOf(): LinkEvents {
    return {
      ...this.#events,
      state: (state) => {
        this.#untried.length = 0
        this.#events.state(state)
      },
      lost: (reason, detail) => {
        // Who is not who it should be is not asked in another way.
        const next = reason === 'stranger' ? undefined : this.#untried.shift()
        if (next === undefined) return this.#events.lost(reason, detail)
        this.#link = next(this.#eventsOf())
        if (this.#isInterested) this.#link.interest()
      },
    }
  }
}
