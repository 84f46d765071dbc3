import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import dns from 'node:dns'
import { networkInterfaces } from 'node:os'
import { expect, onTestFinished, test, vi } from 'vitest'
import { TestPeers } from '../../src/node/testPeers.contract.js'
import { silentLogger } from '../../src/support/silentLogger.contract.js'
import { startTracker } from '../../src/tracker/tracker.js'

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
const SIZE = 300_000

const trackerOn = async (host: string) => {
  const tracker = await startTracker({ host, port: 0, logger: silentLogger })
  onTestFinished(() => tracker.stop())
  return tracker.endpoint
}

test.skipIf(!hasIpv6)('F5 peers and tracker meet over IPv6, inside TLS', async () => {
  const peers = await TestPeers.open()
  const trackers = [await trackerOn('::1')]
  const seeder = await peers.peer('seeder', { trackers, host: '::1', uploadLimit: 4 * SIZE })
  const path = await peers.write('film', SIZE)
  await (
    await seeder.share(path)
  ).complete
  const leecher = await peers.peer('leecher', { trackers, host: '::1' })
  const fetched = await leecher.get('1', { seed: true })
  const seen: unknown[] = []
  while (fetched.summary.done < SIZE) {
    seen.push(...fetched.peers.map(({ host, encryption, peerId }) => ({ host, encryption, peerId })))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await fetched.complete
  expect(seen).toContainEqual({ host: '::1', encryption: 'tls', peerId: seeder.peerId })
  expect(await readFile(join(leecher.output, 'film'))).toEqual(await readFile(path))
})

test.skipIf(!hasIpv6)('a port on all addresses is reached by both families', async () => {
  const peers = await TestPeers.open()
  const seeder = await peers.peer('seeder', { host: '::' })
  const { port } = seeder.endpoint
  const path = await peers.write('film', SIZE)
  const { metainfo } = await seeder.share(path)
  for (const host of ['::1', '127.0.0.1']) {
    const leecher = await peers.peer(`by ${host.replaceAll(':', '-')}`, { host, peers: [{ host, port }] })
    await (
      await leecher.get(metainfo as Uint8Array, { seed: false })
    ).complete
  }
})

const BOTH = [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
]

test.skipIf(!hasIpv6).for(['127.0.0.1', '::1'])(
  'a name with addresses of both families leads to a peer that listens on %s alone',
  async (host) => {
    // The names of this machine are what its administrator made of them.
    const real = dns.lookup as (...words: unknown[]) => void
    const asked = vi.spyOn(dns, 'lookup')
    onTestFinished(() => asked.mockRestore())
    asked.mockImplementation((name: string, ...rest: unknown[]) => {
      if (name !== 'both.test') return real(name, ...rest)
      return (rest.at(-1) as (error: null, found: unknown) => void)(null, BOTH)
    })
    const peers = await TestPeers.open()
    const seeder = await peers.peer('seeder', { host })
    const { metainfo } = await seeder.share(await peers.write('film', SIZE))
    const { port } = seeder.endpoint
    const leecher = await peers.peer('leecher', { peers: [{ host: 'both.test', port }] })
    await (
      await leecher.get(metainfo as Uint8Array, { seed: false })
    ).complete
    expect(asked.mock.calls.map(([name]) => name)).toContain('both.test')
  },
)
