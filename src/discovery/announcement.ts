import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  AnnounceEvent,
  AnnounceFailure,
  AnnounceRequest,
  AnnounceSuccess,
} from '../protocol/announce/announce.js'
import type { Endpoint } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'
import { trackerName, type Announce } from './announceCall.js'
import { paceOf, pauseAfter } from './pace.js'
import type { Tier } from './tier.js'
import { showable } from './trackerAnswer.js'
import type { TrackerReport } from './trackerReport.js'

/** How long the trackers may hold up the end of a torrent. Milliseconds. */
const LEAVING_TIME = 2_000

/** The longest that a tracker can forbid to ask it again (BEP 31). Milliseconds. */
const BARRED_MOST = 24 * 60 * 60_000

const MINUTE = 60_000

/** Peers asked for: more than a download talks to at once, 600 bytes. */
const WANTED = 100

export interface AnnouncementOptions {
  readonly tier: Tier
  readonly announce: Announce
  /** What is said now, but for event and number of peers. */
  readonly request: () => Omit<AnnounceRequest, 'event' | 'wanted'>
  readonly onPeers: (peers: readonly Endpoint[]) => void
  readonly logger: Logger
  /** Milliseconds, never going back. */
  readonly now: () => number
}

/** What a tracker answered the last time. */
type Heard = Pick<TrackerReport, 'error' | 'seeders' | 'leechers'>

/**
 * Keeps one info-hash announced to one tier: to its first tracker that answers, at the interval that this one asks for.
 *
 * Invariants: one announce at a time, and none but 'stopped' after `stop`; a tracker's first announce is 'started', and
 * those that were told so are told 'stopped'.
 */
export class Announcement {
  readonly #options: AnnouncementOptions
  readonly #abort = new AbortController()
  /** Trackers that took 'started', and what they want to have back. */
  readonly #told = new Map<string, Uint8Array | undefined>()
  /** Until when a tracker does not want to be asked. */
  readonly #barred = new Map<string, number>()
  readonly #heard = new Map<string, Heard>()
  #asking: string | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #earliest = -Infinity
  #dueAt = Infinity
  #failures = 0
  #isCompletionNews = false
  #stopping: Promise<void> | undefined

  constructor(options: AnnouncementOptions) {
    this.#options = options
  }

  get tier(): Tier {
    return this.#options.tier
  }

  /** Announces now, unless that is under way. */
  speak(): void {
    clearTimeout(this.#timer)
    if (this.#abort.signal.aborted || this.#running !== undefined) return
    this.#dueAt = Infinity
    this.#running = this.#run().finally(() => (this.#running = undefined))
  }

  /** Everything is there: its tracker is told so. */
  complete(): void {
    this.#isCompletionNews = true
    if (this.#told.size > 0) this.speak()
  }

  /** More peers are wanted: announces as soon as the tracker allows. */
  findPeers(): void {
    if (this.#running === undefined && this.#dueAt > this.#earliest) this.#plan(this.#earliest)
  }

  /** Each tracker of the tier as it stands. */
  get reports(): readonly TrackerReport[] {
    return this.#options.tier.urls.map((url, index) => {
      const heard = this.#heard.get(url)
      const state = this.#asking === url ? 'asking' : stateOf(heard, index)
      const nextAt = index === 0 && Number.isFinite(this.#dueAt) ? this.#dueAt : undefined
      return { url, error: undefined, seeders: undefined, leechers: undefined, ...heard, state, nextAt }
    })
  }

  /** Tells trackers that this peer leaves. Never rejects, and takes no longer than LEAVING_TIME. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer)
    const limit = AbortSignal.timeout(LEAVING_TIME)
    // What was fetched and is not seeded has just begun to say that it is complete.
    if (this.#isCompletionNews)
      await Promise.race([this.#running, sleep(LEAVING_TIME / 2, undefined, { ref: false })])
    // A tracker that was just being told may know of this peer.
    const urls = new Set([...this.#told.keys(), ...(this.#asking === undefined ? [] : [this.#asking])])
    this.#abort.abort()
    const farewells = [...urls].map((url) => this.#tell(url, 'stopped', limit).catch(() => undefined))
    await Promise.race([Promise.all(farewells), once(limit, 'abort')])
  }

  async #run(): Promise<void> {
    const { tier, logger, now } = this.#options
    for (const url of tier.urls) {
      if ((this.#barred.get(url) ?? 0) > now()) continue
      try {
        const response = await this.#announceTo(url)
        if (this.#abort.signal.aborted) return
        if (response.kind === 'success') return this.#succeed(url, response)
        this.#bar(url, response)
        this.#lose(url, `refused: ${showable(response.reason)}`)
        this.#note(() => `Tracker ${trackerName(url)} refused: ${showable(response.reason)}`)
      } catch (error) {
        if (this.#abort.signal.aborted) return
        this.#lose(url, (error as Error).message)
        this.#note(() => `Announce failed: ${(error as Error).message}`)
      }
    }
    logger.debug(() => `No tracker of a tier of ${tier.urls.length} answered`)
    this.#fail()
  }

  async #announceTo(url: string) {
    const event = this.#eventFor(url)
    this.#asking = url
    try {
      const response = await this.#tell(url, event, this.#abort.signal)
      if (event === 'completed' && response.kind === 'success') this.#isCompletionNews = false
      return response
    } finally {
      this.#asking = undefined
    }
  }

  #eventFor(url: string): AnnounceEvent | undefined {
    if (!this.#told.has(url)) return 'started'
    return this.#isCompletionNews ? 'completed' : undefined
  }

  #tell(url: string, event: AnnounceEvent | undefined, signal: AbortSignal) {
    const { announce, request } = this.#options
    const wanted = event === 'stopped' ? 0 : WANTED
    const trackerId = this.#told.get(url)
    return announce({ url, request: { ...request(), event, wanted }, trackerId, signal })
  }

  #succeed(url: string, response: AnnounceSuccess): void {
    const { tier, now, onPeers, logger } = this.#options
    const { peers, warning } = response
    tier.promote(url)
    this.#told.set(url, response.trackerId ?? this.#told.get(url))
    this.#failures = 0
    const { seeders, leechers } = response
    this.#heard.set(url, { error: undefined, seeders, leechers })
    const { next, earliest } = paceOf(response)
    this.#earliest = now() + earliest
    // Where completion came in between, it is told without waiting.
    this.#plan(this.#isCompletionNews ? now() : now() + next)
    logger.info(() => `Tracker ${trackerName(url)} names ${peers.length} peers`)
    if (warning !== undefined) logger.info(() => `Tracker ${trackerName(url)} warns: ${showable(warning)}`)
    if (peers.length > 0) onPeers(peers)
  }

  #lose(url: string, error: string): void {
    this.#heard.set(url, { seeders: undefined, leechers: undefined, ...this.#heard.get(url), error })
  }

  #bar(url: string, { retryIn }: AnnounceFailure): void {
    if (retryIn === undefined) return
    const pause = retryIn === Infinity ? Infinity : Math.min(retryIn * MINUTE, BARRED_MOST)
    this.#barred.set(url, this.#options.now() + pause)
  }

  #fail(): void {
    const { tier, now } = this.#options
    const allowed = Math.min(...tier.urls.map((url) => this.#barred.get(url) ?? 0))
    this.#earliest = Math.max(now() + pauseAfter(++this.#failures), allowed)
    this.#plan(this.#earliest)
  }

  /** Speaks at `time`; never, where that is Infinity: every tracker of the tier has forbidden it. */
  #plan(time: number): void {
    clearTimeout(this.#timer)
    this.#dueAt = time
    if (this.#abort.signal.aborted || time === Infinity) return
    this.#timer = setTimeout(() => this.speak(), Math.max(0, time - this.#options.now()))
  }

  /** The first failures are of interest to a person, and those that repeat them are not. */
  #note(line: () => string): void {
    const { logger } = this.#options
    if (this.#failures === 0) logger.info(line)
    else logger.debug(line)
  }
}

/** Those behind the first are asked only while it fails. */
const stateOf = (heard: Heard | undefined, index: number): TrackerReport['state'] => {
  if (heard?.error !== undefined) return 'failing'
  if (index > 0) return 'unused'
  return heard === undefined ? 'waiting' : 'working'
}
