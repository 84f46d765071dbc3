import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { NatPeer } from './natPeer.js'
import { Sites, TRACKER_HOST, whyNoSites, type Site } from './sites.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

const why = whyNoSites()
if (why !== undefined) console.log(`Routers are skipped: ${why}`)

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const open = async (
  kinds: Parameters<typeof Sites.open>[0],
  environment?: Parameters<typeof Sites.open>[1],
): Promise<{ sites: Sites; folder: string }> => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-ways-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  const sites = await Sites.open(kinds, environment)
  ends.push(() => sites.close())
  return { sites, folder }
}

const startTracker = async (sites: Sites, flags: readonly string[] = []): Promise<void> => {
  const [program = '', ...words] = [...sites.tracker, process.execPath, MAIN, 'tracker']
  const listening = ['--host', TRACKER_HOST, '--port', '8888', '--store', 'memory:', '--json']
  const tracker: ChildProcess = spawn(program, [...words, ...listening, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  ends.push(() => tracker.kill('SIGKILL'))
  if (tracker.stdout !== null) await once(tracker.stdout, 'data')
}

const start = async (prefix: readonly string[], folder: string, options = {}): Promise<NatPeer> => {
  const state = await mkdtemp(join(folder, 'peer-'))
  const peer = await NatPeer.start(prefix, [state, TRACKER_HOST, '8888'], options)
  ends.push(() => peer.stop('SIGKILL'))
  return peer
}

const share = async (peer: NatPeer, folder: string, size: number, mapped = false) => {
  const path = join(folder, `${randomBytes(8).toString('hex')}.bin`)
  await writeFile(path, randomBytes(size))
  const { id } = await peer.tell('share', { path })
  return { id, reach: await peer.tell('settle', { mapped }) }
}

/** The mappings of a router, as its firewall has them. */
const mappingsOf = ({ routerPrefix: [program = '', ...words] }: Site): string => {
  const list = ['nft', 'list', 'chain', 'inet', 'filter', 'prerouting_miniupnpd']
  return spawnSync(program, [...words, ...list], { encoding: 'utf8' }).stdout
}

test.skipIf(why !== undefined).each([
  { protocol: 'PCP', natpmp: 'yes' },
  { protocol: 'UPnP', natpmp: 'no' },
])('F5 miniupnpd maps the port by $protocol until SIGTERM', async ({ protocol, natpmp }) => {
  const { sites, folder } = await open(['upnp'], { NATPMP: natpmp })
  const [site] = sites.sites
  if (site === undefined) throw new Error('no site')
  await startTracker(sites)
  const peer = await start(site.prefix, folder)
  const { reach } = await share(peer, folder, 100, true)
  expect(reach).toMatchObject({ isReachable: true, mapping: { protocol, externalPort: 8001 } })
  expect(mappingsOf(site)).toContain('dport 8001')
  await peer.stop('SIGTERM')
  expect(mappingsOf(site)).not.toContain('8001')
})

test.skipIf(why !== undefined)('F5 --no-port-mapping asks the router for nothing', async () => {
  const { sites, folder } = await open(['upnp'])
  const [site] = sites.sites
  if (site === undefined) throw new Error('no site')
  await startTracker(sites)
  const peer = await start(site.prefix, folder, { noPortMapping: true })
  const { reach } = await share(peer, folder, 100)
  expect(reach).toMatchObject({ isReachable: false })
  expect(mappingsOf(site)).not.toContain('8001')
})

test.skipIf(why !== undefined)(
  'F5 a peer with --relay carries what the tracker does not, and says how much',
  async () => {
    const { sites, folder } = await open(['masquerade', 'random'])
    const [behind, random] = sites.sites
    if (behind === undefined || random === undefined) throw new Error('no sites')
    await startTracker(sites, ['--max-relayed', '0'])
    const [seeder, carrier, leecher] = await Promise.all([
      start(behind.prefix, folder),
      start(sites.other, folder, { relay: { rate: 10_000_000 } }),
      start(random.prefix, folder),
    ])
    const [{ id }] = await Promise.all([
      share(seeder, folder, 300_000),
      share(carrier, folder, 100),
      share(leecher, folder, 100),
    ])
    expect(await leecher.tell('get', { id, output: folder + '/got' })).toMatchObject({ ways: ['relayed'] })
    const { relay } = (await carrier.tell('reach')) as { relay: { bytes: number } }
    expect(relay.bytes).toBeGreaterThan(300_000)
  },
)
