import { setFlagsFromString } from 'node:v8'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { digestOf, digestOfText } from './random.js'
import { inputOf, type Target } from './target.js'

/** Milliseconds of processor time for one input of at most 64 KiB: a link of 1 Mbit/s takes ten times as long to bring it. */
export const TIME_LIMIT = 50

/** Bytes that may be held more after many inputs than after the first of them: compiled code and caches, no more. */
const MAX_GROWTH = 8 * 1024 * 1024

/** One input of so many is made and decoded twice, to see that the result is the same. */
const REPEATED = 16

/** What a decoder should not have done. */
export interface Finding {
  readonly target: string
  /** Makes the input again; undefined where no single input is to blame. */
  readonly inputSeed: number | undefined
  readonly input: Uint8Array | undefined
  readonly what: string
}

/** What came of many inputs. */
export interface Tally {
  readonly inputs: number
  /** Those that were decoded to something: neither to a documented error nor to undefined. */
  readonly accepted: number
  /** Of all outcomes in order: another run with the same seed has the same. */
  readonly digest: number
  /** Milliseconds that the slowest input took. */
  readonly slowest: number
}

export const NO_TALLY: Tally = { inputs: 0, accepted: 0, digest: 0, slowest: 0 }

interface Outcome {
  /** Undefined for a documented error. */
  readonly value?: unknown
  readonly error?: unknown
  readonly isFinding: boolean
  readonly milliseconds: number
}

const rejected = (target: Target, error: unknown, start: number): Outcome => ({
  error,
  isFinding: !target.isDocumented(error),
  milliseconds: performance.now() - start,
})

const accepted = (value: unknown, start: number): Outcome => ({
  value,
  isFinding: false,
  milliseconds: performance.now() - start,
})

const settle = async (target: Target, promise: Promise<unknown>, start: number): Promise<Outcome> => {
  try {
    return accepted(await promise, start)
  } catch (error) {
    return rejected(target, error, start)
  }
}

/** At once where the decoder is: a turn of the event loop for each input would cost more than most of them. */
const decode = (target: Target, input: Uint8Array): Outcome | Promise<Outcome> => {
  const start = performance.now()
  try {
    const value = target.run(input)
    return value instanceof Promise ? settle(target, value, start) : accepted(value, start)
  } catch (error) {
    return rejected(target, error, start)
  }
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

/**
 * The least processor time of three more times, in milliseconds: a pause of the collector does not come each time, and
 * that of the disk or of a busy machine does not count.
 */
const leastTime = async (target: Target, input: Uint8Array): Promise<number> => {
  let least = Infinity
  for (let again = 0; again < 3; again++) {
    const before = process.cpuUsage()
    await decode(target, input)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '')

/** Whether the same seed gives the same input, and that the same result. */
const isRepeatable = async (
  target: Target,
  inputSeed: number,
  input: Uint8Array,
  first: Outcome,
): Promise<boolean> => {
  const again = inputOf(target, inputSeed)
  if (Buffer.compare(again, input) !== 0) return false
  const second = await decode(target, again)
  return isDeepStrictEqual(first.value, second.value) && messageOf(first.error) === messageOf(second.error)
}

/** What is wrong with how `target` took `input`, if anything. */
const faultOf = async (
  target: Target,
  inputSeed: number,
  input: Uint8Array,
  outcome: Outcome,
): Promise<string | undefined> => {
  if (outcome.isFinding) return describe(outcome.error)
  if (outcome.milliseconds > TIME_LIMIT) {
    const least = await leastTime(target, input)
    if (least > TIME_LIMIT) return `takes ${least.toFixed(0)} ms; ${TIME_LIMIT} are allowed`
  }
  if (inputSeed % REPEATED !== 0 || (await isRepeatable(target, inputSeed, input, outcome))) return undefined
  return 'changes its input, or gives another result when it is asked again'
}

const wordOf = ({ error, value }: Outcome): string => {
  if (error !== undefined) return messageOf(error)
  return value === undefined ? 'refused' : 'accepted'
}

const add = (tally: Tally, outcome: Outcome): Tally => ({
  inputs: tally.inputs + 1,
  accepted: tally.accepted + (outcome.value === undefined ? 0 : 1),
  digest: digestOfText(wordOf(outcome), tally.digest),
  slowest: Math.max(tally.slowest, outcome.milliseconds),
})

/** The seed of input `index` of a run. */
const seedOf = (runSeed: number, target: Target, index: number): number =>
  digestOf([runSeed & 0xffff, runSeed >>> 16, index & 0xffff, index >>> 16], digestOfText(target.name))

/** Runs inputs `from` up to `to`, on top of `tally`; ends with the first finding. */
export const runInputs = async (
  target: Target,
  runSeed: number,
  { from, to }: { readonly from: number; readonly to: number },
  tally: Tally = NO_TALLY,
): Promise<Tally | Finding> => {
  let sum = tally
  for (let index = from; index < to; index++) {
    const inputSeed = seedOf(runSeed, target, index)
    const input = inputOf(target, inputSeed)
    const outcome = decode(target, input)
    const settled = outcome instanceof Promise ? await outcome : outcome
    if (settled.isFinding || settled.milliseconds > TIME_LIMIT || inputSeed % REPEATED === 0) {
      const what = await faultOf(target, inputSeed, input, settled)
      if (what !== undefined) return { target: target.name, inputSeed, input, what }
    }
    sum = add(sum, settled)
  }
  return sum
}

/** One input by itself. */
export const runOne = async (target: Target, input: Uint8Array): Promise<string | undefined> => {
  const outcome = await decode(target, input)
  return faultOf(target, 1, input, outcome)
}

const collector = (): (() => void) => {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

/** Bytes in use once what nobody holds is gone. */
const memoryInUse = (collect: () => void): number => {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Watches what a target holds from one batch to the next. */
export class MemoryWatch {
  readonly #collect = collector()
  #first: number | undefined

  /** What is wrong with what is held after a batch, if anything. */
  check(): string | undefined {
    const now = memoryInUse(this.#collect)
    this.#first ??= now
    const growth = now - this.#first
    return growth > MAX_GROWTH ? `holds ${growth} bytes more than after its first inputs` : undefined
  }
}
