// One seeder to one leecher over the JSON protocol, both as processes: see README.md beside this.
import { spawn } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const MiB = 1024 * 1024
const UNITS = { M: MiB, G: 1024 * MiB }
/** Of /proc/PID/stat: the same on every Linux that Node runs on. */
const TICKS_A_SECOND = 100
const SAMPLE_EVERY = 50
const BUSY = 2

const { values: flags } = parseArgs({
  options: {
    size: { type: 'string', default: '256M' },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: '/dev/shm' },
    anyway: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const fail = (why) => {
  console.error(`error: ${why}`)
  process.exit(1)
}

const readSize = (text) => {
  const match = /^([1-9][0-9]*)([MG])$/.exec(text)
  return match ? Number(match[1]) * UNITS[match[2]] : fail(`--size ${text} is no size such as 256M or 1G`)
}

const SIZE = readSize(flags.size)
const RUNS = Number(flags.runs)
if (process.platform !== 'linux') fail('this reads /proc, which is there on Linux only')
if (!Number.isInteger(RUNS) || RUNS < 1) fail(`--runs ${flags.runs} is no count`)
if (loadavg()[0] > BUSY && !flags.anyway)
  fail(
    `the machine is busy (load ${loadavg()[0].toFixed(1)}), which would be measured too; --anyway does it all the same`,
  )
const room = statfsSync(flags.folder)
if (room.bavail * room.bsize < 2.1 * SIZE) fail(`${flags.folder} has no room for two files of ${flags.size}`)

const folder = mkdtempSync(join(flags.folder, 'shoal-bench-'))
const children = new Set()

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
process.on('SIGINT', () => process.exit(130))

/** Starts Shoal; `said` resolves once its output matches. */
const start = (...words) => {
  const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
  children.add(child)
  let text = ''
  let errors = ''
  let wake = () => undefined
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (part) => (errors += part))
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.once('close', () => {
    children.delete(child)
    wake()
  })
  const said = async (pattern) => {
    for (;;) {
      const match = pattern.exec(text)
      if (match) return match
      if (child.exitCode !== null || child.signalCode !== null)
        fail(`shoal ${words.join(' ')} ended: ${errors}`)
      await new Promise((resolve) => (wake = resolve))
    }
  }
  return {
    pid: child.pid,
    said,
    ended,
    write: (line) => child.stdin.write(line),
    kill: (name) => child.kill(name),
  }
}

const makeFile = (path) => {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(Math.min(SIZE, 16 * MiB))
  for (let done = 0; done < SIZE; done += block.length)
    writeSync(file, randomFillSync(block).subarray(0, SIZE - done))
  closeSync(file)
}

const requireIdentical = (left, right) => {
  const files = [left, right].map((path) => openSync(path, 'r'))
  const [one, two] = [Buffer.alloc(4 * MiB), Buffer.alloc(4 * MiB)]
  for (let done = 0; ;) {
    const lengths = [
      readSync(files[0], one, 0, one.length, done),
      readSync(files[1], two, 0, two.length, done),
    ]
    const isSame =
      lengths[0] === lengths[1] && one.subarray(0, lengths[0]).equals(two.subarray(0, lengths[1]))
    if (!isSame) fail(`the copy differs near byte ${done}`)
    if (lengths[0] === 0) break
    done += lengths[0]
  }
  for (const file of files) closeSync(file)
}

/** CPU seconds of a process with all its threads, also those that are gone. */
const cpuOf = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
  return { user: Number(fields[11]) / TICKS_A_SECOND, system: Number(fields[12]) / TICKS_A_SECOND }
}

/** MiB of a line of /proc/PID/status. */
const memoryOf = (pid, name) => {
  const line = new RegExp(`^${name}:\\s+([0-9]+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1024
}

/** Measures a process from now on; `stop` answers what it used. */
const measure = (pid) => {
  // 5 sets the peak back to what is resident now.
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const before = cpuOf(pid)
  let anonymous = memoryOf(pid, 'RssAnon')
  const sample = () => (anonymous = Math.max(anonymous, memoryOf(pid, 'RssAnon')))
  const timer = setInterval(sample, SAMPLE_EVERY)
  return () => {
    clearInterval(timer)
    sample()
    const { user, system } = cpuOf(pid)
    return {
      user: user - before.user,
      system: system - before.system,
      peak: memoryOf(pid, 'VmHWM'),
      anonymous,
    }
  }
}

const runOnce = async (number, tracker, seeder) => {
  const out = join(folder, `out-${number}`)
  const spawned = performance.now()
  const words = [
    'peer',
    '127.0.0.1',
    '0',
    ...tracker,
    '-o',
    out,
    '--state',
    join(folder, 'leecher'),
    '--no-bittorrent',
  ]
  const leecher = start(...words, '--log-level', 'error')
  await leecher.said(/\[5\] Quit/)
  const told = performance.now()
  const stops = [seeder, leecher].map(({ pid }) => measure(pid))
  leecher.write('2\n1\n')
  await leecher.said(/Complete and verified/)
  const seconds = (performance.now() - told) / 1000
  const [ofSeeder, ofLeecher] = stops.map((stop) => stop())
  leecher.write('5\n')
  await leecher.ended
  requireIdentical(join(folder, 'file.bin'), join(out, 'file.bin'))
  rmSync(out, { recursive: true })
  return {
    start: (told - spawned) / 1000,
    seconds,
    rate: SIZE / 1e6 / seconds,
    seeder: ofSeeder,
    leecher: ofLeecher,
  }
}

const median = (values) => {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

const COLUMNS = [
  ['MB/s', (run) => run.rate, 1],
  ['seconds', (run) => run.seconds, 2],
  ['start s', (run) => run.start, 2],
  ...['seeder', 'leecher'].flatMap((who) => [
    [`${who} CPU s`, (run) => run[who].user + run[who].system, 2],
    [`user`, (run) => run[who].user, 2],
    [`peak MiB`, (run) => run[who].peak, 0],
    [`private MiB`, (run) => run[who].anonymous, 0],
  ]),
]

const print = (runs) => {
  const row = (name, value) =>
    [
      name.padEnd(7),
      ...COLUMNS.map(([title, of, digits]) => value(of).toFixed(digits).padStart(title.length)),
    ].join('  ')
  console.log(['run'.padEnd(7), ...COLUMNS.map(([title]) => title)].join('  '))
  runs.forEach((run, index) => console.log(row(String(index + 1), (of) => of(run))))
  console.log(row('median', (of) => median(runs.map(of))))
}

const tracker = start(
  'tracker',
  '--host',
  '127.0.0.1',
  '--port',
  '0',
  '--store',
  'memory:',
  '--json',
  '--log-level',
  'error',
)
const port = (await tracker.said(/"event":"listening".*"port":([0-9]+)/))[1]
makeFile(join(folder, 'file.bin'))
const where = ['--host', '127.0.0.1', '--port', '0', '--tracker', `127.0.0.1:${port}`]
const seeder = start(
  'share',
  'file.bin',
  ...where,
  '--state',
  join(folder, 'seeder'),
  '--json',
  '--log-level',
  'error',
)
await seeder.said(/"event":"seeding"/)
const runs = []
for (let number = 0; number <= RUNS; number++) {
  const run = await runOnce(number, ['127.0.0.1', port], seeder)
  if (number > 0) runs.push(run)
}
if (flags.json)
  console.log(
    JSON.stringify({ size: SIZE, node: process.version, cpus: cpus().length, load: loadavg()[0], runs }),
  )
else {
  console.log(`${flags.size}, one seeder to one leecher, JSON protocol, ${flags.folder}`)
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, load ${loadavg()[0].toFixed(1)}\n`,
  )
  print(runs)
}
seeder.kill('SIGINT')
tracker.kill('SIGINT')
await Promise.all([seeder.ended, tracker.ended])
process.exit(0)
