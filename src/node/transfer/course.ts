import { ShoalError } from '../../protocol/errors.js'
import type { TransferState } from '../api.js'
import { requireRunning, type NodeContext } from '../context.js'
import type { RecheckReport } from '../report/reports.js'
import type { Stamp } from '../session/record.js'
import { areUntouched, stampsOf } from '../session/stamp.js'
import { CurrentPlan } from './currentPlan.js'
import { deleteData } from './deleteData.js'
import { launch } from './launch.js'
import type { Launching, Plan } from './plan.js'
import { Preparation, type PreparationKind, type Waiting } from './preparation.js'
import { recheckContent, requireComplete } from './recheck.js'
import { asShoalError, type ActiveTransfer } from './transfer.js'

/** What a course begins with besides its plan. */
export interface Beginning extends Launching {
  /** How complete content looked when it was whole. */
  readonly stamps?: readonly Stamp[]
}

/** What a course tells of. */
export interface CourseEvents {
  /** The content is complete and verified, or the share is listed. */
  complete(): void
  /** It ended without; comes for good. */
  fail(error: ShoalError): void
}

/**
 * What becomes of a transfer over pauses, checks and failures: while it moves data, an ActiveTransfer does that.
 *
 * Invariants: at most one ActiveTransfer runs; pausing, beginning, checking and ending are done one after the other.
 */
export class Course {
  readonly #context: NodeContext
  readonly #events: CourseEvents
  readonly current = new CurrentPlan()
  /** Bytes of the runs before the present one. */
  readonly before = { downloaded: 0, uploaded: 0 }
  /** The present run, or the last. */
  run: ActiveTransfer | undefined
  preparation: Preparation | undefined
  /** Why it failed, where no run says it. */
  error: ShoalError | undefined
  /** 'active': what the run says, or what is prepared. */
  #state: 'active' | 'paused' | 'failed' | 'stopped' = 'active'
  #stamps: readonly Stamp[] | undefined
  #isStopping = false
  #turn: Promise<unknown> = Promise.resolve()

  constructor(context: NodeContext, events: CourseEvents) {
    this.#context = context
    this.#events = events
  }

  get state(): TransferState {
    if (this.preparation !== undefined) return this.preparation.kind
    if (this.#state !== 'active') return this.#state
    return this.run?.state ?? 'connecting'
  }

  get isPaused(): boolean {
    return this.#state === 'paused'
  }

  /** Whether data is moved, or would be if there were anybody. */
  get isRunning(): boolean {
    return this.#state === 'active' && this.run?.isRunning === true
  }

  get plan(): Plan | undefined {
    return this.current.whole
  }

  /** Another plan, for when it begins again. @throws ShoalError USAGE where there is nothing left to plan */
  revise(changes: Partial<Plan>): void {
    const { plan } = this
    if (plan === undefined || plan.isComplete || this.isRunning || this.#state === 'stopped')
      throw misuse('what is over or not known yet cannot be changed')
    this.current.set({ ...plan, ...changes })
  }

  /** How the files of a share look, taken once: a later change must show. */
  async stamps(): Promise<readonly Stamp[]> {
    const { description, path } = this.current
    if (description === undefined || path === undefined) return []
    this.#stamps ??= await stampsOf(description.content, path)
    return this.#stamps ?? []
  }

  /** Does what must come before it can run; `stop` breaks it off. @throws what `work` throws, and ShoalError INTERRUPTED */
  async prepare<Result>(
    kind: PreparationKind,
    work: (preparation: Preparation) => Promise<Result>,
    waiting: Waiting = {},
  ): Promise<Result> {
    const preparation = new Preparation(kind, waiting)
    this.preparation = preparation
    if (this.#isStopping) preparation.abort()
    try {
      preparation.signal.throwIfAborted()
      const result = await work(preparation)
      preparation.signal.throwIfAborted()
      requireRunning(this.#context)
      return result
    } catch (error) {
      throw preparation.signal.aborted ? new ShoalError('INTERRUPTED', 'it was stopped') : error
    } finally {
      this.preparation = undefined
    }
  }

  /** Begins as planned. @throws ShoalError as ShoalPeer.get and seed */
  async begin(plan: Plan, beginning: Beginning = {}): Promise<void> {
    this.current.set(plan)
    this.#stamps = beginning.stamps ?? this.#stamps
    this.error = undefined
    const adopt = (run: ActiveTransfer): void => this.#adopt(run, beginning.isPaused === true)
    await launch(this.#context, plan, { ...beginning, adopt })
    if (this.#isStopping) await this.run?.stop()
  }

  /** Nothing came of it. */
  fail(error: unknown): void {
    if (this.#state === 'stopped') return
    this.#state = 'failed'
    this.error = asShoalError(error)
  }

  pause(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.isPaused) return
      if (!this.isRunning) throw misuse('only what is under way can be paused')
      if (this.run?.phase === 'seeding') await this.stamps()
      await this.#halt()
    })
  }

  /** `anew`: how to begin where it failed before there was a plan. */
  resume(anew: () => Promise<unknown>): Promise<void> {
    return this.#inTurn(async () => {
      if (this.isRunning || this.preparation !== undefined) return
      const { plan } = this
      const before = this.#state
      if (this.run?.isPublished === true && !this.run.isWhole) throw misuse('what was wanted of it is there')
      if (before === 'stopped') this.#isStopping = false
      this.#state = 'active'
      try {
        if (plan === undefined) await anew()
        else await this.#beginAgain({ ...plan, shallSeed: true })
      } catch (error) {
        if (error instanceof ShoalError && error.code === 'ALREADY_SEEDING') this.#state = before
        else this.fail(error)
        throw error
      }
    })
  }

  recheck(waiting: Waiting): Promise<RecheckReport> {
    return this.#inTurn(async () => {
      if (this.plan === undefined || this.#state === 'stopped') throw misuse('there is nothing to check')
      const { isPaused } = this
      try {
        const { proven, report } = await this.prepare(
          'hashing',
          (preparation) => this.#check(preparation),
          waiting,
        )
        await this.#goOn({ isPaused, proven })
        return report
      } catch (error) {
        if (!isInterruption(error)) this.fail(error)
        else if (!this.#isStopping) await this.#goOn({ isPaused })
        throw error
      }
    })
  }

  /** Ends it. What it has stays, unless `data` is to be deleted. @throws ShoalError DISK_FAILED */
  stop({ data = false }: { readonly data?: boolean } = {}): Promise<void> {
    this.#isStopping = true
    this.preparation?.abort()
    return this.#inTurn(async () => {
      await this.run?.stop()
      const { plan } = this
      this.#state = 'stopped'
      this.#events.fail(new ShoalError('INTERRUPTED', 'it was stopped'))
      if (data && plan !== undefined) await deleteData(this.#context, plan, this.run?.isPublished === true)
    })
  }

  /** Ends the run and keeps what is there. */
  async #halt(): Promise<void> {
    this.current.settle()
    this.#state = 'paused'
    await this.run?.stop()
    // It may have got its final name just now.
    this.current.settle()
  }

  /** What was complete may have been touched meanwhile. */
  async #beginAgain(plan: Plan): Promise<void> {
    if (plan.isComplete && !(await this.#isUntouched(plan)))
      await this.prepare('hashing', (preparation) =>
        requireComplete(plan.found.description, plan.path, preparation),
      )
    await this.begin(plan)
  }

  async #isUntouched({ found: { description }, path }: Plan): Promise<boolean> {
    return areUntouched(description.content, this.#stamps ?? [], await stampsOf(description.content, path))
  }

  async #check(preparation: Preparation) {
    await this.#halt()
    if (this.plan === undefined) throw misuse('there is nothing to check')
    this.#stamps = undefined
    return recheckContent(this.plan, preparation)
  }

  async #goOn(launching: Launching): Promise<void> {
    if (this.plan !== undefined) await this.begin(this.plan, launching)
  }

  #adopt(run: ActiveTransfer, isPaused: boolean): void {
    this.before.downloaded += this.run?.downloaded ?? 0
    this.before.uploaded += this.run?.uploaded ?? 0
    this.run = run
    this.current.follow(run)
    this.#state = isPaused ? 'paused' : 'active'
    run.complete.then(
      () => this.#events.complete(),
      (error: unknown) => this.#lose(run, asShoalError(error)),
    )
  }

  #lose(run: ActiveTransfer, error: ShoalError): void {
    // What is halted by this course ends in an error too, which is none.
    if (this.run !== run || this.#state !== 'active' || run.phase !== 'failed') return
    this.#events.fail(error)
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }
}

const isInterruption = (error: unknown): boolean =>
  error instanceof ShoalError && error.code === 'INTERRUPTED'

const misuse = (why: string): ShoalError => new ShoalError('USAGE', why)
