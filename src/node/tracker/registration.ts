import { setTimeout as sleep } from 'node:timers/promises'
import { ShoalError } from '../../protocol/errors.js'
import type { TorrentId } from '../../protocol/ids.js'
import type { PeerTable } from '../../protocol/json/answer.js'
import { MAX_METAINFO } from '../../protocol/limits.js'
import type { TrackerState } from '../../discovery/trackerReport.js'
import type { Logger } from '../../support/log.js'
import type { Torrent } from '../torrent/torrent.js'
import type { TrackerLink } from './trackerLink.js'

/** First pause after a failure, doubled with each further one, and the longest. Milliseconds. */
const PAUSE_LEAST = 1_000
const PAUSE_MOST = 60_000
/** Share of the tracker's interval after which a peer speaks again, so that it is never late. */
const EARLY = 0.9

/** How long an exchange that is under way may hold up the end. Milliseconds. */
const LEAVING_TIME = 2_000

/** A registration as it stands. */
export interface RegistrationReport {
  readonly state: Exclude<TrackerState, 'unused'>
  /** Why it fails, fit to be shown. */
  readonly error: string | undefined
  /** As the tracker counted when it was last asked for peers. */
  readonly seeders: number | undefined
  readonly leechers: number | undefined
  /** When the tracker is spoken to again. Milliseconds of `now`. */
  readonly nextAt: number | undefined
}

export type Role = 'leecher' | 'seeder'

export interface RegistrationOptions {
  readonly link: TrackerLink
  readonly torrent: Torrent
  readonly role: Role
  readonly logger: Logger
  /** Milliseconds, never going back. */
  readonly now: () => number
  readonly onPeers: (peers: PeerTable) => void
}

/**
 * Keeps one torrent registered at one tracker: speaks at its interval, tries again with growing pauses while it is away,
 * and finds or makes the torrent anew when the tracker has forgotten it.
 *
 * Invariant: one exchange at a time; after `stop` none begins.
 */
export class Registration {
  /** Settles with the first exchange that the tracker took; rejects when it refused. */
  readonly first: Promise<void>
  #role: Role
  readonly #options: RegistrationOptions
  #timer: NodeJS.Timeout | undefined
  #exchange: Promise<void> | undefined
  #isStopped = false
  #stopping: Promise<void> | undefined
  #isAgain = false
  #failures = 0
  #hasAnswered = false
  #error: string | undefined
  #counted: { readonly seeders: number; readonly leechers: number } | undefined
  #nextAt: number | undefined
  #resolveFirst: () => void = () => undefined
  #rejectFirst: (error: unknown) => void = () => undefined

  constructor(options: RegistrationOptions) {
    this.#options = options
    this.#role = options.role
    this.first = new Promise((resolve, reject) => {
      this.#resolveFirst = resolve
      this.#rejectFirst = reject
    })
    this.first.catch(() => undefined)
  }

  get report(): RegistrationReport {
    const { seeders, leechers } = this.#counted ?? {}
    return { state: this.#state, error: this.#error, seeders, leechers, nextAt: this.#nextAt }
  }

  get link(): TrackerLink {
    return this.#options.link
  }

  /** Speaks now, unless it does already. */
  speak(): void {
    clearTimeout(this.#timer)
    if (this.#isStopped) return
    if (this.#exchange !== undefined) this.#isAgain = true
    else this.#exchange = this.#run().finally(() => this.#next())
  }

  /** Everything is verified: from now on this peer is a seeder of it. */
  becomeSeeder(): void {
    this.#role = 'seeder'
    this.speak()
  }

  /** Tells the tracker, once, that this peer leaves the torrent. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  get #state(): RegistrationReport['state'] {
    if (this.#error !== undefined) return 'failing'
    if (this.#hasAnswered) return 'working'
    return this.#exchange === undefined ? 'waiting' : 'asking'
  }

  async #stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    // A tracker that does not answer must not keep anybody from leaving.
    await Promise.race([this.#exchange, sleep(LEAVING_TIME, undefined, { ref: false })])
    const { link, torrent, logger } = this.#options
    const id = torrent.torrentIds.get(link.key)
    if (id === undefined || link.isReachable !== true) return
    await link.tracker
      .stopSeed(id, torrent.description.claimedInfoHash)
      .catch((error: unknown) => logger.debug(() => `STOP_SEED: ${(error as Error).message}`))
  }

  #next(): void {
    this.#exchange = undefined
    if (!this.#isAgain) return
    this.#isAgain = false
    this.speak()
  }

  async #run(): Promise<void> {
    const { link, logger } = this.#options
    try {
      const interval = await (this.#role === 'seeder' ? this.#seed() : this.#leech())
      if (this.#failures > 0) logger.info(`Tracker ${link.key} is back`)
      this.#failures = 0
      this.#hasAnswered = true
      this.#error = undefined
      this.#resolveFirst()
      this.#sleep(interval * 1000 * EARLY)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const { logger } = this.#options
    const pause = Math.min(PAUSE_MOST, PAUSE_LEAST * 2 ** this.#failures++)
    const isRefusal = error instanceof ShoalError && error.code !== 'TRACKER_UNREACHABLE'
    if (isRefusal) this.#rejectFirst(error)
    this.#error = (error as Error).message
    logger.warn(`${this.#error}; trying again in ${pause / 1000} s`)
    this.#sleep(pause)
  }

  #sleep(milliseconds: number): void {
    clearTimeout(this.#timer)
    if (this.#isStopped) return
    this.#nextAt = this.#options.now() + milliseconds
    this.#timer = setTimeout(() => this.speak(), milliseconds)
  }

  /** Returns the tracker's interval in seconds. */
  async #seed(): Promise<number> {
    const { link, torrent } = this.#options
    const id = torrent.torrentIds.get(link.key)
    if (id === undefined) return this.#upload()
    try {
      return (await link.tracker.startSeed(id, torrent.description.claimedInfoHash)).interval
    } catch (error) {
      if (!isUnknown(error) || torrent.description.infoHash === undefined) throw error
      torrent.torrentIds.delete(link.key)
      return this.#upload()
    }
  }

  async #upload(): Promise<number> {
    const { link, torrent } = this.#options
    const { content, infoHash, infoHashV1, metainfoBytes } = torrent.description
    const { torrentId, interval } = await link.tracker.upload({
      fileName: content.name,
      chunks: torrent.layout.chunkCount,
      fileSize: torrent.layout.size,
      rootHash: content.isFolder ? undefined : content.files[0]?.rootHash,
      infoHash,
      infoHashV1,
      metainfo: metainfoBytes && metainfoBytes.length <= MAX_METAINFO ? metainfoBytes : undefined,
    })
    torrent.torrentIds.set(link.key, torrentId)
    return interval
  }

  async #leech(): Promise<number> {
    const { link, torrent, onPeers } = this.#options
    const { infoHash, claimedInfoHash } = torrent.description
    const id = await this.#findId()
    try {
      const found = await link.tracker.torrent(id, { infoHash: claimedInfoHash })
      this.#counted = { seeders: found.torrent.seeders.size, leechers: found.torrent.leechers.size }
      onPeers(new Map([...found.torrent.seeders, ...found.torrent.leechers]))
      return found.interval
    } catch (error) {
      if (isUnknown(error) && infoHash !== undefined) torrent.torrentIds.delete(link.key)
      throw error
    }
  }

  async #findId(): Promise<TorrentId> {
    const { link, torrent } = this.#options
    const known = torrent.torrentIds.get(link.key)
    if (known !== undefined) return known
    const { infoHash, content } = torrent.description
    const found = infoHash && (await link.tracker.find(infoHash, content.name))
    if (found === undefined) {
      throw new ShoalError('TORRENT_NOT_FOUND', `tracker ${link.key} does not list "${content.name}"`)
    }
    torrent.torrentIds.set(link.key, found)
    return found
  }
}

const isUnknown = (error: unknown): boolean =>
  error instanceof ShoalError && error.code === 'TORRENT_NOT_FOUND'
