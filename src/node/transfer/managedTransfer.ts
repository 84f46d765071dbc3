import { Layout } from '../../protocol/metainfo/layout.js'
import { ShoalError } from '../../protocol/errors.js'
import type {
  Diagnosis,
  PeerDetail,
  PieceMap,
  Priority,
  RateHistory,
  RateLimits,
  ReadRange,
  RecheckReport,
  TrackerDetail,
  TransferFile,
  TransferState,
  TransferStatus,
  TransferSummary,
} from '../api.js'
import type { NodeContext } from '../context.js'
import type { Limits } from '../limits.js'
import { diagnosisOf } from '../report/diagnosis.js'
import { RateRecorder } from '../report/rateRecorder.js'
import { magnetOf, type Description } from '../torrent/description.js'
import { Course } from './course.js'
import { FileChoice } from './fileChoice.js'
import { filesOf } from './files.js'
import type { ListedTransfer } from './listed.js'
import { blankSummary, type Lasting } from './status.js'

export interface ManagedOptions {
  /** What it is called until more is known. */
  readonly name: string
  /** Where its content is or goes, as far as that is known. */
  readonly path: string
  readonly limits: Limits
  /** Milliseconds since 1970; default: now. */
  readonly addedAt?: number
  /** How it is begun, and begun anew where it failed before there was a plan; answers the transfer that came of it. */
  readonly begin: (transfer: ManagedTransfer) => Promise<ListedTransfer>
}

const NO_PIECES: PieceMap = {
  pieceCount: 0,
  pieceLength: 0,
  states: new Uint8Array(),
  availability: new Uint16Array(),
}

/**
 * A torrent of this peer from the moment it is added until it is removed, as commands and interfaces see it.
 *
 * Invariant: while it is listed it is in `transfers` of the node.
 */
export class ManagedTransfer implements ListedTransfer {
  readonly key: number
  readonly addedAt: number
  readonly complete: Promise<void>
  readonly course: Course
  readonly #context: NodeContext
  readonly #options: ManagedOptions
  readonly #recorder = new RateRecorder()
  #sampled = { downloaded: 0, uploaded: 0 }

  /** Lists itself. */
  constructor(context: NodeContext, options: ManagedOptions) {
    this.#context = context
    this.#options = options
    this.key = context.nextKey()
    this.addedAt = options.addedAt ?? Date.now()
    const { promise, resolve, reject } = settler()
    this.complete = promise
    this.course = new Course(context, { complete: resolve, fail: reject })
    context.transfers.add(this)
  }

  get description(): Description | undefined {
    return this.course.current.description
  }

  get state(): TransferState {
    return this.course.state
  }

  get isFetching(): boolean {
    return this.course.isRunning && this.course.run?.isFetching === true
  }

  get isSeeding(): boolean {
    return this.course.isRunning && this.course.run?.phase === 'seeding'
  }

  /** Whether it came to an end after which nothing follows by itself. */
  get isOver(): boolean {
    return this.state === 'finished' || this.state === 'failed' || this.state === 'stopped'
  }

  get summary(): TransferSummary {
    const { run, current } = this.course
    const { name, path } = this.#options
    const lasting = this.#lasting
    return run?.summary(lasting) ?? blankSummary(name, current.path ?? path, this.description, lasting)
  }

  get status(): TransferStatus {
    return { ...this.summary, peers: this.course.isPaused ? [] : (this.course.run?.peers ?? []) }
  }

  get metainfo(): Uint8Array | undefined {
    return this.description?.metainfoBytes
  }

  get magnet(): string | undefined {
    return this.description && magnetOf(this.description)
  }

  get pieces(): PieceMap {
    return this.course.run?.pieces ?? NO_PIECES
  }

  get trackers(): readonly TrackerDetail[] {
    return this.course.isRunning ? (this.course.run?.trackers ?? []) : []
  }

  get peers(): readonly PeerDetail[] {
    return this.course.isRunning ? (this.course.run?.peerDetails ?? []) : []
  }

  get diagnosis(): Diagnosis {
    return diagnosisOf(this.#context, this)
  }

  get history(): RateHistory {
    return this.#recorder.history
  }

  sample() {
    const { run, before } = this.course
    const downloaded = before.downloaded + (run?.downloaded ?? 0)
    const uploaded = before.uploaded + (run?.uploaded ?? 0)
    const moved = {
      download: downloaded - this.#sampled.downloaded,
      upload: uploaded - this.#sampled.uploaded,
    }
    this.#sampled = { downloaded, uploaded }
    this.#recorder.add(moved.download, moved.upload)
    return moved
  }

  read(file: number, range: ReadRange = {}): AsyncGenerator<Uint8Array, void> {
    const { run, isPaused } = this.course
    if (run === undefined || isPaused || run.isOver) throw new ShoalError('USAGE', 'it is not under way')
    return run.playback.read(file, range)
  }

  get files(): readonly TransferFile[] {
    const { run, current } = this.course
    return run === undefined ? [] : filesOf(run.torrent, current.priorities)
  }

  setPriorities(changes: ReadonlyMap<number, Priority>): void {
    if (this.isFetching) return this.course.run?.setPriorities(changes)
    const { plan } = this.course
    if (plan === undefined) throw new ShoalError('USAGE', 'the files are not known yet')
    const { content } = plan.found.description
    const choice = new FileChoice(content, new Layout(content), plan.priorities)
    choice.change(changes)
    this.course.revise({ priorities: choice.priorities })
  }

  get isSequential(): boolean {
    return this.course.current.isSequential
  }

  setSequential(isSequential: boolean): void {
    if (this.isFetching) this.course.run?.setSequential(isSequential)
    else this.course.revise({ isSequential })
  }

  setPlayhead(file: number, offset: number): void {
    if (!this.isFetching) throw new ShoalError('USAGE', 'it is not being fetched')
    this.course.run?.setPlayhead(file, offset)
  }

  get limits(): RateLimits {
    return this.#options.limits.rates
  }

  setLimits(changes: Partial<RateLimits>): void {
    this.#options.limits.change(changes)
  }

  /** Looks up, hashes, and begins. Answers another transfer where that has the same torrent; this one is dropped then. */
  begin(): Promise<ListedTransfer> {
    return this.#options.begin(this)
  }

  pause(): Promise<void> {
    return this.course.pause()
  }

  async resume(): Promise<void> {
    this.#context.transfers.add(this)
    await this.course.resume(() => this.begin())
  }

  recheck(options: { readonly signal?: AbortSignal } = {}): Promise<RecheckReport> {
    return this.course.recheck(options)
  }

  async stop(): Promise<void> {
    await this.course.stop()
    this.#context.transfers.delete(this)
  }

  async remove(options: { readonly data: boolean }): Promise<void> {
    await this.course.stop(options)
    this.#context.transfers.delete(this)
  }

  get #lasting(): Lasting {
    const { preparation, before, error, isRunning, current } = this.course
    return {
      key: this.key,
      state: this.state,
      error,
      addedAt: this.addedAt,
      completedAt: current.completedAt,
      before,
      isRunning,
      hashing: preparation?.kind === 'hashing' ? preparation : undefined,
    }
  }
}

const settler = () => {
  let resolve: () => void = () => undefined
  let reject: (error: ShoalError) => void = () => undefined
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  promise.catch(() => undefined)
  return { promise, resolve: () => resolve(), reject: (error: ShoalError) => reject(error) }
}
