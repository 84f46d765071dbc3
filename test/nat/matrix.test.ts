import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NatPeer } from './natPeer.js'
import { KINDS, Sites, TRACKER_HOST, whyNoSites, type Kind } from './sites.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const SIZE = 200_000

const why = whyNoSites()
if (why !== undefined) console.log(`The matrix of routers is skipped: ${why}`)

type Way = 'direct' | 'mapped' | 'punched' | 'relayed'

/** The best way between a leecher and a seeder, as docs/nat.md says: one, or what chance makes of it. */
const ways = (leecher: Kind, seeder: Kind): readonly Way[] => {
  if (seeder === 'open') return ['direct']
  if (seeder === 'upnp') return ['mapped']
  // The seeder connects to a leecher that can be reached.
  if (leecher === 'open') return ['direct']
  if (leecher === 'upnp') return ['mapped']
  if (leecher === 'random' || seeder === 'random') return ['relayed']
  // Punched where both first packets leave before either arrives.
  return leecher === 'refusing' && seeder === 'refusing' ? ['punched', 'relayed'] : ['punched']
}

interface Cell {
  readonly way: Way
  /** To the first byte. */
  readonly seconds: number
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? NaN

const printed = (cells: ReadonlyMap<string, Cell>): string => {
  const row = (words: readonly string[]): string => words.map((word) => word.padEnd(15)).join('')
  return [
    row(['leecher \\ seeder', ...KINDS]),
    ...KINDS.map((leecher) =>
      row([
        leecher,
        ...KINDS.map((seeder) => {
          const cell = cells.get(`${leecher} ${seeder}`)
          return cell === undefined ? '-' : `${cell.way} ${cell.seconds.toFixed(2)}`
        }),
      ]),
    ),
  ].join('\n')
}

let folder = ''
let sites: Sites
let tracker: ChildProcess
const peers: NatPeer[] = []

beforeAll(async () => {
  if (why !== undefined) return
  folder = await mkdtemp(join(tmpdir(), 'shoal-nat-'))
  sites = await Sites.open([...KINDS, ...KINDS])
  const [program = '', ...words] = [...sites.tracker, process.execPath, MAIN]
  const flags = ['tracker', '--host', TRACKER_HOST, '--port', '8888', '--store', 'memory:', '--json']
  tracker = spawn(program, [...words, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (tracker.stdout !== null) await once(tracker.stdout, 'data')
}, 60_000)

afterAll(async () => {
  if (why !== undefined) return
  await Promise.all(peers.map((peer) => peer.stop('SIGKILL')))
  tracker.kill('SIGKILL')
  await sites.close()
  await rm(folder, { recursive: true, force: true })
})

const startAt = async (index: number, name: string): Promise<NatPeer> => {
  const state = join(folder, name)
  await mkdir(state)
  const peer = await NatPeer.start(sites.sites[index]?.prefix ?? [], [state, TRACKER_HOST, '8888'])
  peers.push(peer)
  return peer
}

/** Shares `size` bytes of its own, and waits until it is known how others reach it. */
const share = async (peer: NatPeer, kind: Kind, name: string, size: number): Promise<number> => {
  const path = join(folder, `${name}.bin`)
  await writeFile(path, randomBytes(size))
  const { id } = await peer.tell('share', { path })
  await peer.tell('settle', { mapped: kind === 'upnp' })
  return Number(id)
}

test.skipIf(why !== undefined)(
  'F5 between any two kinds of routers a file passes, by the best way that there is',
  async () => {
    const seeders = await Promise.all(KINDS.map((kind, index) => startAt(index, `seeder-${kind}`)))
    const leechers = await Promise.all(
      KINDS.map((kind, index) => startAt(KINDS.length + index, `leecher-${kind}`)),
    )
    const ids = await Promise.all(
      seeders.map((peer, index) => share(peer, KINDS[index] ?? 'open', `of-${KINDS[index]}`, SIZE)),
    )
    await Promise.all(leechers.map((peer, index) => share(peer, KINDS[index] ?? 'open', `own-${index}`, 100)))
    const cells = new Map<string, Cell>()
    const fetchOne = async (l: number, s: number): Promise<void> => {
      const leecher = KINDS[l] ?? 'open'
      const seeder = KINDS[s] ?? 'open'
      const output = join(folder, `${leecher}-from-${seeder}`)
      const told = await leechers[l]?.tell('get', { id: ids[s], output })
      const [said] = told?.ways as [Way]
      expect(told?.areSecure).toEqual([true])
      const way = said === 'direct' && seeder === 'upnp' ? 'mapped' : said
      cells.set(`${leecher} ${seeder}`, { way, seconds: Number(told?.first) / 1000 })
      const name = `of-${seeder}.bin`
      const [copy, original] = await Promise.all([output, folder].map((place) => readFile(join(place, name))))
      expect(original && copy?.equals(original)).toBe(true)
    }
    // In each round every seeder has one leecher, so that nobody else has what it gives.
    for (let round = 0; round < KINDS.length; round++)
      await Promise.all(KINDS.map((_, l) => fetchOne(l, (l + round) % KINDS.length)))
    const middle = median([...cells.values()].map(({ seconds }) => seconds))
    console.log(`${printed(cells)}\nmedian ${middle.toFixed(2)} s to the first byte`)
    for (const leecher of KINDS)
      for (const seeder of KINDS)
        expect(ways(leecher, seeder), `${leecher} from ${seeder}`).toContain(
          cells.get(`${leecher} ${seeder}`)?.way,
        )
    expect(middle).toBeLessThan(2)
  },
  120_000,
)
