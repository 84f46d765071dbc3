import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { MemoryWatch, NO_TALLY, runInputs, runOne, type Finding, type Tally } from './check.js'
import { inputOf, type Target } from './target.js'
import { targets } from './targets.js'
import { removeFiles } from './targets/files.js'

const USAGE = 'npm run fuzz -- [--runs N] [--seed S] [--target NAME] [--input SEED | --hex BYTES]'

const DEFAULT_RUNS = 10_000_000

/** Inputs between two looks at the memory, for each unit of weight: about half a second. */
const BATCH = 250

/** Bytes of an input that are shown. */
const MAX_SHOWN = 4096

/** Bytes of this process: an input that makes a decoder take what it merely announces leads above. */
const MAX_RESIDENT = 1024 ** 3

/** A frame of a stack costs more than most decoders do; a finding is decoded again with all of them. */
const FRAMES = 20

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: String(DEFAULT_RUNS) },
    seed: { type: 'string' },
    target: { type: 'string' },
    input: { type: 'string' },
    hex: { type: 'string' },
  },
})

const refuse = (why: string): never => {
  console.error(`${why}\n${USAGE}`)
  process.exit(2)
}

const countIn = (text: string, most: number): number => {
  const number = Number(text)
  return Number.isInteger(number) && number >= 0 && number <= most
    ? number
    : refuse(`${text} is no such number`)
}

const chosen = values.target === undefined ? targets : targets.filter(({ name }) => name === values.target)

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, MAX_SHOWN)).toString('hex')

const print = ({ target, inputSeed, input, what }: Finding): void => {
  console.log(`\nFINDING in ${target}: ${what}`)
  if (inputSeed === undefined || input === undefined) return
  console.log(`${input.length} bytes: ${hexOf(input)}${input.length > MAX_SHOWN ? '…' : ''}`)
  console.log(`Again: npm run fuzz -- --target ${target} --input ${inputSeed}`)
}

/** The same finding with a whole stack. */
const explained = async (finding: Finding, target: Target): Promise<Finding> => {
  Error.stackTraceLimit = FRAMES
  const what = finding.input && (await runOne(target, finding.input))
  return { ...finding, what: what ?? finding.what }
}

const residentFault = (): string | undefined => {
  const bytes = process.resourceUsage().maxRSS * 1024
  return bytes > MAX_RESIDENT ? `the process took ${bytes} bytes` : undefined
}

const line = (target: Target, tally: Tally, seconds: number): string => {
  const rate = Math.round(tally.inputs / seconds)
  const accepted = ((100 * tally.accepted) / tally.inputs).toFixed(1)
  const digest = tally.digest.toString(16).padStart(8, '0')
  const cells = [target.name.padEnd(20), `${tally.inputs}`.padStart(9), `${rate}/s`.padStart(10)]
  return [
    ...cells,
    `${accepted}% accepted`.padStart(15),
    `slowest ${tally.slowest.toFixed(1)} ms`,
    digest,
  ].join('  ')
}

/** All inputs of one target, batch by batch. */
const fuzz = async (target: Target, seed: number, runs: number): Promise<Tally | Finding> => {
  const watch = new MemoryWatch()
  const batch = BATCH * target.weight
  let tally = NO_TALLY
  for (let from = 0; from < runs; from += batch) {
    const result = await runInputs(target, seed, { from, to: Math.min(runs, from + batch) }, tally)
    if ('what' in result) return explained(result, target)
    tally = result
    const what = watch.check() ?? residentFault()
    if (what !== undefined) return { target: target.name, inputSeed: undefined, input: undefined, what }
  }
  return tally
}

const campaign = async (seed: number, runs: number): Promise<number> => {
  const weight = chosen.reduce((total, target) => total + target.weight, 0)
  const start = performance.now()
  let inputs = 0
  for (const target of chosen) {
    const began = performance.now()
    const result = await fuzz(target, seed, Math.ceil((runs * target.weight) / weight))
    if ('what' in result) {
      print(result)
      console.log(`Seed of the run: ${seed}`)
      return 1
    }
    inputs += result.inputs
    console.log(line(target, result, (performance.now() - began) / 1000))
  }
  const seconds = (performance.now() - start) / 1000
  console.log(
    `${inputs} inputs in ${seconds.toFixed(0)} s, ${Math.round(inputs / seconds)} a second: nothing found.`,
  )
  return 0
}

/** One input, given by its seed or as it is. */
const replay = async (target: Target, input: Uint8Array, inputSeed: number | undefined): Promise<number> => {
  const what = await runOne(target, input)
  if (what === undefined)
    console.log(`${target.name}: nothing found in ${input.length} bytes: ${hexOf(input)}`)
  else print({ target: target.name, inputSeed, input, what })
  return what === undefined ? 0 : 1
}

const [only] = chosen
if (only === undefined) refuse(`${values.target} is none of ${targets.map(({ name }) => name).join(', ')}`)
else if (values.input !== undefined || values.hex !== undefined) {
  if (values.target === undefined) refuse('An input needs its --target')
  const inputSeed = values.input === undefined ? undefined : countIn(values.input, 2 ** 32 - 1)
  const input = inputSeed === undefined ? Buffer.from(values.hex ?? '', 'hex') : inputOf(only, inputSeed)
  process.exitCode = await replay(only, input, inputSeed)
} else {
  Error.stackTraceLimit = 1
  const seed = values.seed === undefined ? randomInt(2 ** 32) : countIn(values.seed, 2 ** 32 - 1)
  console.log(`Seed ${seed}`)
  process.exitCode = await campaign(seed, countIn(values.runs, 2 ** 32 - 1))
}
removeFiles()
