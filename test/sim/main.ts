import { parseArgs } from 'node:util'
import { middleOf, run, type Report, type RunOptions } from './run.js'
import { SCENARIOS } from './scenario.js'

const USAGE = `npm run sim -- [--scenario ${Object.keys(SCENARIOS).join('|')}]
  --peers 16         leechers, who arrive at once
  --seed 1           one seed is one run
  --seeds 1          runs, of this seed and those that follow it
  --pieces 1024      pieces of the content
  --blocks 2         blocks of 16 KiB in a piece
  --uplink 20        Mbit/s of every peer
  --downlink 1000    Mbit/s of every peer
  --latency 10       milliseconds from a peer to the middle of the network
  --news-delay 0     milliseconds until new pieces are told of`

/** Bytes a second of 1 Mbit/s. */
const MBIT = 125_000

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'flash' },
    peers: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    pieces: { type: 'string', default: '1024' },
    blocks: { type: 'string', default: '2' },
    uplink: { type: 'string', default: '20' },
    downlink: { type: 'string', default: '1000' },
    latency: { type: 'string', default: '10' },
    'news-delay': { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})

const optionsFor = (seed: number): RunOptions => ({
  scenario: values.scenario,
  seed,
  peers: Number(values.peers),
  pieces: Number(values.pieces),
  chunksPerPiece: Number(values.blocks),
  uplink: Number(values.uplink) * MBIT,
  downlink: Number(values.downlink) * MBIT,
  latency: Number(values.latency),
  newsDelay: Number(values['news-delay']),
})

const lineOf = (seed: number, report: Report): string =>
  [
    `seed ${seed}:`,
    report.isComplete ? '' : 'NOT COMPLETE',
    `${report.ratio.toFixed(3)} of the bound of ${report.bound.toFixed(1)} s`,
    `(first ${report.first.toFixed(1)}, middle ${report.middle.toFixed(1)}, last ${report.last.toFixed(1)} s),`,
    `${(report.duplicates * 100).toFixed(2)} % duplicates, seeder sent ${report.seederCopies.toFixed(2)} copies,`,
    `fairness ${report.fairness.toFixed(3)}`,
    Number.isNaN(report.riderDelay) ? '' : `, free riders took ${report.riderDelay.toFixed(2)} times as long`,
  ]
    .filter((part) => part !== '')
    .join(' ')

const main = (): void => {
  if (values.help || SCENARIOS[values.scenario] === undefined) return console.log(USAGE)
  const ratios: number[] = []
  for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++) {
    const report = run(optionsFor(seed))
    ratios.push(report.ratio)
    console.log(lineOf(seed, report))
    if (!report.isComplete) process.exitCode = 1
  }
  if (ratios.length > 1) console.log(`median ${middleOf(ratios.sort((a, b) => a - b)).toFixed(3)}`)
}

main()
