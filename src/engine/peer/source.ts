import { ChunkMap } from '../../protocol/chunkMap.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import { Holdings } from '../picker/holdings.js'
import { RateMeter } from '../rate/rateMeter.js'
import { windowOf } from './requestWindow.js'

/** First pause before a peer is asked again what it has, and the longest. Milliseconds. */
const REFRESH_LEAST = 100
const REFRESH_MOST = 5_000
/** Share of a peer's rate that bit fields may take, and the rate assumed of one that is not known, bytes a second. */
const REFRESH_SHARE = 0.05
const REFRESH_RATE = 1_000_000
/** How long a peer must be idle until it is asked again for what it sent wrongly. Milliseconds. */
const FORGIVE_TIME = 1_000
/** Wrong chunks forgiven: a bit flips now and then without malice. */
const FORGIVEN = 3
/** Pieces that a peer may allow while it chokes us: BEP 6 speaks of 10. */
const MAX_ALLOWED = 32
/** Good chunks that make up for one wrong one. */
const GOOD_PER_WRONG = 8

/** 'asking': we said that we are interested and it has not answered. */
export type SourceState = 'asking' | 'unchoked' | 'choked'

/**
 * One peer as we take from it, whichever dialect it speaks: what it has, whether it lets us, what is under way.
 *
 * Invariant: `inFlight` holds exactly the chunks asked of it that neither came nor were refused.
 */
export class Source {
  readonly peer: string
  /** When each was asked for. */
  readonly inFlight = new ChunkMap()
  readonly meter = new RateMeter()
  /** Chunks it sent wrongly, asked of others first. */
  readonly avoided = new Set<number>()
  /** Pieces that it gives also while it chokes us (BEP 6); it need not have them. MAX_ALLOWED at most. */
  readonly allowed = new Set<number>()
  holdings: Holdings
  state: SourceState = 'asking'
  /** Requests it takes at once. */
  limit = 1
  /** When it last answered a request, or was asked when it owed nothing. */
  heardAt: number
  /** When to ask again what it has or whether it lets us; undefined: no need. */
  refreshAt: number | undefined
  /** Whether it tells by itself what changes, so that it need not be asked again. */
  tellsNews = false
  /** The last piece asked of it, where it is best asked for pieces in a row. */
  lastPiece: number | undefined
  /** Pieces that it has some of and that are missing here. */
  useful = 0
  /** The address that it counts as in the book; undefined for one that connected and did not say where it listens. */
  address: string | undefined
  /** `releases` of the picker when it had nothing for this peer; undefined: it may have. */
  dryAt: number | undefined
  wrong = 0
  good = 0
  #refreshDelay = REFRESH_LEAST

  constructor(peer: string, layout: Layout, now: number) {
    this.peer = peer
    this.holdings = Holdings.none(layout)
    this.heardAt = now
  }

  /** Requests that may be sent now. */
  room(now: number): number {
    if (this.state !== 'unchoked' && (this.state === 'asking' || this.allowed.size === 0)) return 0
    return windowOf(this.meter.rate(now), this.meter.total, this.limit) - this.inFlight.size
  }

  /** It gives `piece` also while it chokes us. */
  allow(piece: number): void {
    if (this.allowed.size < MAX_ALLOWED) this.allowed.add(piece)
  }

  /** How far beyond forgiveness its lies are; above 0 it is left alone for a while. */
  get guilt(): number {
    return this.wrong - FORGIVEN - Math.floor(this.good / GOOD_PER_WRONG)
  }

  /** What it sent wrongly may be asked of it again once it has been idle. */
  forgive(now: number): void {
    if (this.avoided.size === 0 || this.inFlight.size > 0 || now - this.heardAt <= FORGIVE_TIME) return
    this.avoided.clear()
    this.dryAt = undefined
  }

  /** Whether it is to be asked again now what it has; then that is no longer planned. */
  refresh(now: number): boolean {
    const isDue = this.refreshAt !== undefined && this.refreshAt <= now
    if (isDue) this.refreshAt = undefined
    return isDue
  }

  /** Plans to ask again, soon where the last answer told something new, later and later where not. */
  planRefresh(now: number, wasNews: boolean): void {
    if (this.tellsNews) return
    this.#refreshDelay = wasNews ? REFRESH_LEAST : Math.min(2 * this.#refreshDelay, REFRESH_MOST)
    const bytes = this.holdings.chunks.bytes.length
    const affordable = (1000 * bytes) / (REFRESH_SHARE * Math.max(this.meter.rate(now), REFRESH_RATE))
    this.refreshAt = now + Math.max(this.#refreshDelay, Math.min(affordable, REFRESH_MOST))
  }
}
