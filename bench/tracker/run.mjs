// Announces a second, and what they cost, of Shoal's tracker, opentracker and bittorrent-tracker:
//   npm run build && node bench/tracker/run.mjs [--peers 100000] [--swarms 10000] [--seconds 5] [--rounds 3]
//     [--window 64] [--only shoal,opentracker,bittorrent-tracker]
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '100000' },
    swarms: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    window: { type: 'string', default: '64' },
    only: { type: 'string', default: 'shoal,opentracker,bittorrent-tracker' },
  },
})

/** Ticks of a processor's time in a second, as Linux counts them. */
const TICKS = 100
const SERVER_CORE = '0'
const LOAD_CORE = '1'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'shoal-bench-tracker-'))
// opentracker gives up root's rights for those of nobody.
chmodSync(folder, 0o755)
const load = join(folder, 'load')
const npmFolder = process.env.SHOAL_WEBTORRENT ?? join(homedir(), '.cache', 'shoal', 'webtorrent')

const compile = () => execFileSync('gcc', ['-O2', '-o', load, here('load.c')], { stdio: 'inherit' })

const freePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const listHashes = () => {
  const { stdout } = spawnSync(load, ['hashes', values.swarms], { maxBuffer: 1 << 28 })
  writeFileSync(join(folder, 'list'), stdout, { mode: 0o644 })
}

/** Each closes connections or keeps them, as it can. */
const SERVERS = {
  shoal: {
    isThere: () => existsSync(here('../../dist/cli/main.js')),
    words: (port) => [
      process.execPath,
      here('../../dist/cli/main.js'),
      ...[
        'tracker',
        '--host',
        '127.0.0.1',
        '--port',
        port,
        '--mode',
        'open',
        '--store',
        'memory:',
        '--quiet',
      ],
    ],
    http: [],
  },
  opentracker: {
    isThere: () => spawnSync('opentracker', ['-h']).error === undefined,
    // Debian's build serves those on a list alone, which must be there.
    words: (port) => ['opentracker', '-i', '127.0.0.1', '-p', port, '-P', port, '-d', folder, '-w', 'list'],
    http: ['--close'],
  },
  'bittorrent-tracker': {
    isThere: () => existsSync(join(npmFolder, 'node_modules', 'bittorrent-tracker')),
    words: (port) => [process.execPath, here('bittorrentTracker.mjs'), npmFolder, port],
    http: [],
  },
}

const isListening = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

const start = async ({ words }) => {
  const port = String(await freePort())
  const server = spawn('taskset', ['-c', SERVER_CORE, ...words(port)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  while (!(await isListening(Number(port)))) {
    if (server.exitCode !== null) throw new Error(`${words(port).join(' ')} ended with ${server.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { port, server, pid: server.pid }
}

const cpuOf = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}
const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024

const run = async (pid, words) => {
  const before = cpuOf(pid)
  const all = [...words, '--peers', values.peers, '--swarms', values.swarms, '--window', values.window]
  const child = spawn('taskset', ['-c', LOAD_CORE, load, ...all], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (part) => (text += part))
  await once(child, 'close')
  const result = JSON.parse(text)
  return { ...result, cpu: cpuOf(pid) - before }
}

const measure = async (name) => {
  const { port, server, pid } = await start(SERVERS[name])
  const empty = memoryOf(pid)
  const fill = await run(pid, ['udp', port, '--fill'])
  const perPeer = (memoryOf(pid) - empty) / Number(values.peers)
  const udp = await run(pid, ['udp', port, '--seconds', values.seconds])
  const http = await run(pid, ['http', port, '--seconds', values.seconds, ...SERVERS[name].http])
  server.kill('SIGKILL')
  await once(server, 'close')
  return { fill, perPeer, udp, http }
}

const median = (numbers) => numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)]
const rounded = (number, digits = 0) => Number(number.toFixed(digits)).toLocaleString('en')

const rowOf = (name, rounds) => {
  const of = (pick) => median(rounds.map(pick))
  const cells = (kind) => [
    rounded(of((round) => round[kind].perSecond)),
    rounded(
      of((round) => round[kind].p50),
      2,
    ),
    rounded(
      of((round) => round[kind].p99),
      2,
    ),
    rounded(
      of((round) => (1e6 * round[kind].cpu) / round[kind].answered),
      1,
    ),
  ]
  const failed = rounds.reduce((sum, { udp, http }) => sum + udp.failed + udp.lost + http.failed, 0)
  return [name, ...cells('udp'), ...cells('http'), rounded(of((round) => round.perPeer)), rounded(failed)]
}

const HEAD = [
  'tracker',
  'UDP/s',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'HTTP/s',
  'p50 ms',
  'p99 ms',
  'CPU µs',
  'bytes a peer',
  'failed',
]

const names = values.only.split(',').filter((name) => {
  const isThere = SERVERS[name]?.isThere() === true
  if (!isThere) console.log(`Skipped: ${name} is not there.`)
  return isThere
})

compile()
listHashes()
const rounds = Object.fromEntries(names.map((name) => [name, []]))
for (let round = 0; round < Number(values.rounds); round++)
  for (const name of names) rounds[name].push(await measure(name))
rmSync(folder, { recursive: true })

console.log(
  `${rounded(Number(values.peers))} peers in ${rounded(Number(values.swarms))} swarms, ${values.window} requests at once, medians of ${values.rounds} rounds\n`,
)
const rows = [HEAD, HEAD.map(() => '---'), ...names.map((name) => rowOf(name, rounds[name]))]
for (const row of rows) console.log(`| ${row.join(' | ')} |`)
const own = rounds.shoal
for (const name of own === undefined ? [] : names.filter((other) => other !== 'shoal'))
  for (const kind of ['udp', 'http']) {
    const ratio =
      median(own.map((round) => round[kind].perSecond)) /
      median(rounds[name].map((round) => round[kind].perSecond))
    console.log(`Shoal over ${name}, ${kind}: ${ratio.toFixed(2)}`)
  }
