import type { Playhead } from '../../engine/picker/sequence.js'
import { ShoalError } from '../../protocol/errors.js'
import type { DownloadFiles } from '../../storage/downloadFiles.js'
import type { Logger } from '../../support/log.js'
import type { Priority, TransferPeer, TransferState, TransferSummary } from '../api.js'
import type { PeerSearch } from '../find/peerSearch.js'
import type { Arrival } from '../link/link.js'
import { pieceMapOf } from '../report/pieceMap.js'
import { peerDetails } from '../report/peerDetails.js'
import type { PeerDetail, PieceMap, TrackerDetail, Route } from '../report/reports.js'
import { trackerDetails } from '../report/trackerDetails.js'
import type { Torrent } from '../torrent/torrent.js'
import type { Registration } from '../tracker/registration.js'
import type { Download } from './download.js'
import type { FileChoice } from './fileChoice.js'
import { Playback, type Outlook } from './playback.js'
import { peersOf, summaryOf, type Lasting } from './status.js'

/** How often something that the disk refused is tried again. Milliseconds. */
const MEND_TIME = 5_000

type Phase = 'fetching' | 'finishing' | 'seeding' | 'finished' | 'failed' | 'stopped'

/** A torrent being fetched: the part of a transfer that ends when it is complete. */
export interface Fetch {
  readonly download: Download
  readonly files: DownloadFiles
  readonly choice: FileChoice
  /** What a person is told of how a connection came about. */
  readonly routeOf: (arrival: Arrival) => Route
  /** Whether one more may be seeded; asked once it is complete. */
  readonly maySeed: () => boolean
}

/** Connects to leechers by itself. */
export interface Dialing {
  start(): void
  stop(): void
}

export interface TransferOptions {
  readonly torrent: Torrent
  /** Where the content is, or will be. */
  readonly path: string
  /** Bytes of all of it. */
  readonly size: number
  readonly registrations: readonly Registration[]
  /** Undefined for what is not served. */
  readonly search: PeerSearch | undefined
  /** Connects to leechers while it is seeded. */
  readonly dialer?: Dialing
  /** Undefined for content that is complete from the start. */
  readonly fetch: Fetch | undefined
  /** Whether it is seeded, or shall be once complete as far as the limit allows. */
  readonly isSeeding?: boolean
  readonly logger: Logger
  readonly now: () => number
  /** The torrent is no longer served. */
  readonly onLeave: () => void
}

/**
 * The data of one torrent being moved: from its beginning until it is stopped, or has failed.
 *
 * Invariants: `phase` goes forward only; 'failed' and 'stopped' are the ends; `complete` settles once.
 */
export class ActiveTransfer {
  readonly torrent: Torrent
  readonly path: string
  /** Whether it is seeded, or shall be once complete. */
  readonly shallSeed: boolean
  readonly complete: Promise<void>
  phase: Phase
  /** Whether pieces are fetched in order. */
  isSequential = false
  error: ShoalError | undefined
  /** Milliseconds since 1970; undefined for what did not become complete in this run. */
  completedAt: number | undefined
  readonly playback: Playback
  readonly #options: TransferOptions
  /** Whether what was fetched has its final name. */
  isPublished = false
  #stopping: Promise<void> | undefined
  #mending: NodeJS.Timeout | undefined
  #resolve: () => void = () => undefined
  #reject: (error: ShoalError) => void = () => undefined

  constructor(options: TransferOptions) {
    this.#options = options
    this.torrent = options.torrent
    this.path = options.path
    this.shallSeed = options.isSeeding ?? false
    this.phase =
      options.fetch !== undefined ? 'fetching' : options.isSeeding === true ? 'seeding' : 'finished'
    this.playback = new Playback({
      torrent: this.torrent,
      outlook: (file) => this.#outlookOf(file),
      setPlayhead: (playhead) => this.#steer(playhead),
      now: options.now,
    })
    this.complete = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.complete.catch(() => undefined)
  }

  summary(lasting: Lasting): TransferSummary {
    return summaryOf(this, this.#options.fetch?.download, lasting, this.#options.now())
  }

  /** Those that it takes from, and those that it took from. */
  get peers(): readonly TransferPeer[] {
    const { fetch, now } = this.#options
    return fetch === undefined ? [] : peersOf(this.torrent, fetch.download, fetch.routeOf, now())
  }

  /** Bytes that wait to be written. */
  get diskQueue(): number {
    return this.#options.fetch?.files.waiting ?? 0
  }

  get isDiskBehind(): boolean {
    return this.#options.fetch?.files.isBehind === true
  }

  get peerDetails(): readonly PeerDetail[] {
    const { fetch, now } = this.#options
    return peerDetails(this.torrent, this.isFetching ? fetch?.download : undefined, now())
  }

  /** Verified bytes that came, and bytes that went. */
  get downloaded(): number {
    return this.#options.fetch?.download.meter.total ?? 0
  }

  get uploaded(): number {
    return this.torrent.uploads.total
  }

  get pieces(): PieceMap {
    return pieceMapOf(this.torrent, this.#options.fetch?.choice.levels)
  }

  get trackers(): readonly TrackerDetail[] {
    const { registrations, search, now } = this.#options
    return trackerDetails(registrations, search?.trackers ?? [], now())
  }

  /** Bytes wanted. */
  get size(): number {
    return this.#options.fetch?.choice.size ?? this.#options.size
  }

  /** How much each file is wanted; empty for what is not fetched. */
  get priorities(): readonly Priority[] {
    return this.#options.fetch?.choice.priorities ?? []
  }

  setPriorities(changes: ReadonlyMap<number, Priority>): void {
    const { download, choice } = this.#requireFetching()
    choice.change(changes)
    download.setLevels(choice.levels)
  }

  setSequential(isSequential: boolean): void {
    this.#requireFetching()
    this.isSequential = isSequential
    this.torrent.swarm?.setPlayhead(isSequential ? { file: 0, offset: 0 } : undefined)
  }

  setPlayhead(file: number, offset: number): void {
    this.#requireFetching()
    const size = this.torrent.description.content.files[file]?.size ?? 0
    if (!Number.isInteger(offset) || offset < 0 || offset >= size)
      throw new ShoalError('USAGE', `file ${file} of "${this.#name}" has no byte ${offset}`)
    this.isSequential = true
    this.torrent.swarm?.setPlayhead({ file, offset })
  }

  /** Whether it moves data, or would if there were anybody. */
  get isRunning(): boolean {
    return this.phase === 'fetching' || this.phase === 'finishing' || this.phase === 'seeding'
  }

  /** Whether all of it stands under its final name. */
  get isWhole(): boolean {
    const { fetch } = this.#options
    return fetch === undefined || (this.isPublished && this.torrent.has.isFull && fetch.files.keepsAll)
  }

  /** Stopped or failed. */
  get isOver(): boolean {
    return this.phase === 'stopped' || this.phase === 'failed'
  }

  get isFetching(): boolean {
    return this.phase === 'fetching'
  }

  /** Why it waits or failed. */
  get cause(): ShoalError | undefined {
    return this.error ?? this.#options.fetch?.download.error
  }

  /** What a person is told it does. */
  get state(): TransferState {
    const { fetch } = this.#options
    if (this.isOver) return this.phase === 'failed' ? 'failed' : 'stopped'
    if (this.error !== undefined || fetch?.download.error !== undefined) return 'paused'
    if (this.phase !== 'fetching') return this.phase
    for (const { state } of this.torrent.swarm?.sources.values() ?? [])
      if (state === 'unchoked') return 'downloading'
    return 'connecting'
  }

  start(): void {
    const { registrations, search, fetch } = this.#options
    for (const registration of registrations) registration.speak()
    search?.start()
    if (fetch !== undefined) return fetch.download.start()
    if (this.phase === 'seeding') this.#options.dialer?.start()
    this.#settleShare()
  }

  /** Everything wanted is verified: gives it its name and turns seeder. */
  async finish(): Promise<void> {
    const { fetch, logger } = this.#options
    if (fetch === undefined || this.phase !== 'fetching') return
    this.phase = 'finishing'
    fetch.download.stop()
    this.playback.wake()
    const path = await this.#publish(fetch.files)
    if (path === undefined || this.isOver) return
    this.completedAt = Date.now()
    logger.info(() => `Finished: ${path}, every chunk verified`)
    if (this.shallSeed && fetch.maySeed() && this.torrent.has.isFull && fetch.files.keepsAll) this.#seed()
    else await this.#rest()
    this.#resolve()
  }

  /** The data cannot be read or is no longer what it was. What may mend is tried again. */
  break(error: unknown): void {
    const { logger } = this.#options
    const cause = error instanceof ShoalError ? error : new ShoalError('INTERNAL', String(error))
    if (this.phase !== 'seeding' || this.error !== undefined) {
      return logger.debug(() => `A chunk could not be served: ${cause.message}`)
    }
    logger.error(`"${this.#name}": ${cause.message}. ${cause.remedy}`)
    if (cause.code === 'FILE_CHANGED') return void this.#fail(cause)
    this.error = cause
    this.torrent.isServed = false
    this.#mending = setInterval(() => void this.#tryAgain(), MEND_TIME)
  }

  /** Tells peers and trackers, saves state. Resolves when all is said. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop('stopped')
    await this.#stopping
  }

  get #name(): string {
    return this.torrent.description.content.name
  }

  #outlookOf(file: number): Outlook {
    if (this.isOver) return 'over'
    return this.isFetching && this.priorities[file] !== 'skip' ? 'coming' : 'never'
  }

  /** Whoever reads what is not there yet comes before the order that was chosen. */
  #steer(playhead: Playhead | undefined): void {
    const chosen = this.isSequential ? { file: 0, offset: 0 } : undefined
    if (this.isFetching) this.torrent.swarm?.setPlayhead(playhead ?? chosen)
  }

  #requireFetching(): Fetch {
    const { fetch } = this.#options
    if (fetch !== undefined && this.isFetching) return fetch
    throw new ShoalError('USAGE', `"${this.#name}" is not being fetched`)
  }

  /** A share is complete from the start; it counts as such when a tracker lists it, or there is none. */
  #settleShare(): void {
    const firsts = this.#options.registrations.map((registration) => registration.first)
    if (firsts.length === 0) return this.#resolve()
    Promise.any(firsts).then(
      () => this.#resolve(),
      (error: AggregateError) => void this.#fail(asShoalError(error.errors[0])),
    )
  }

  /** Renames the part into place; while the disk refuses it tries again. */
  async #publish(files: DownloadFiles): Promise<string | undefined> {
    for (;;) {
      try {
        const path = await files.finish()
        this.isPublished = true
        this.error = undefined
        return path
      } catch (error) {
        const cause = asShoalError(error)
        this.#options.logger.error(`${cause.message}. ${cause.remedy}`)
        if (!cause.code.startsWith('DISK')) {
          await this.#fail(cause)
          return undefined
        }
        this.error = cause
      }
      await new Promise((resolve) => (this.#mending = setTimeout(resolve, MEND_TIME)))
      if (this.isOver) return undefined
    }
  }

  #seed(): void {
    this.phase = 'seeding'
    this.#options.logger.info(() => `Seeding "${this.#name}"`)
    for (const registration of this.#options.registrations) registration.becomeSeeder()
    this.#options.search?.complete()
    this.#options.dialer?.start()
  }

  /** Complete and kept, and not served. */
  async #rest(): Promise<void> {
    this.phase = 'finished'
    this.#leave()
    if (this.torrent.has.isFull) this.#options.search?.complete()
    await this.#goSilent()
  }

  /** Tells every tracker that this peer leaves. */
  async #goSilent(): Promise<void> {
    const { registrations, search } = this.#options
    await Promise.all([...registrations.map((registration) => registration.stop()), search?.stop()])
  }

  async #tryAgain(): Promise<void> {
    try {
      if (this.torrent.layout.chunkCount > 0) await this.torrent.reader.read(0)
    } catch {
      return
    }
    if (this.error === undefined) return
    clearInterval(this.#mending)
    this.error = undefined
    this.torrent.isServed = true
    this.#options.logger.info(() => `"${this.#name}" can be read again`)
  }

  async #fail(error: ShoalError): Promise<void> {
    this.error = error
    this.#reject(error)
    this.#stopping ??= this.#stop('failed')
    await this.#stopping
  }

  async #stop(end: 'stopped' | 'failed'): Promise<void> {
    const { fetch } = this.#options
    this.phase = end
    clearInterval(this.#mending)
    this.#leave()
    fetch?.download.stop()
    this.playback.wake()
    await this.#goSilent()
    await this.torrent.reader.close()
    this.#reject(new ShoalError('INTERRUPTED', `"${this.#name}" was stopped`))
  }

  #leave(): void {
    this.torrent.isServed = false
    this.#options.dialer?.stop()
    for (const session of this.torrent.sessions) session.finish()
    this.#options.onLeave()
  }
}

/** Any error as one of the catalogue. */
export const asShoalError = (error: unknown): ShoalError =>
  error instanceof ShoalError
    ? error
    : new ShoalError('INTERNAL', error instanceof Error ? error.message : String(error), { cause: error })
