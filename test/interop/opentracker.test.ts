import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Announcer } from '../../src/discovery/announcer.js'
import { TrackerClient } from '../../src/discovery/trackerClient.js'
import { toHex } from '../../src/protocol/hex.js'
import type { Endpoint } from '../../src/protocol/ids.js'
import { silentLogger } from '../../src/support/silentLogger.contract.js'

const isInstalled = (): boolean => {
  try {
    execFileSync('opentracker', ['-h'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return true
    console.log('Skipped: opentracker is not installed.')
    return false
  }
}

const KNOWN = new Uint8Array(20).fill(0x1f)

let folder: string
let tracker: ChildProcess
let port: number
let client: TrackerClient

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const announceOnce = (infoHash: Uint8Array) =>
  client.announce({
    url: `http://127.0.0.1:${port}/announce`,
    request: {
      infoHash,
      peerId: Buffer.from('-SH0100-000000000000'),
      port: 1,
      uploaded: 0,
      downloaded: 0,
      left: 0,
      event: 'started',
      wanted: 0,
      key: 1,
    },
    trackerId: undefined,
    signal: new AbortController().signal,
  })

/** Resolves once it listens and has read its list. */
const isUp = async (): Promise<void> => {
  for (;;) {
    const response = await announceOnce(KNOWN).catch(() => undefined)
    if (response?.kind === 'success') return
  }
}

beforeEach(async () => {
  client = new TrackerClient()
  if (!isInstalled()) return
  folder = await mkdtemp(join(tmpdir(), 'shoal-opentracker-'))
  // It gives up root's rights for those of nobody.
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'list'), `${toHex(KNOWN)}\n`, { mode: 0o644 })
  port = await freePort()
  const ports = ['-p', String(port), '-P', String(port)]
  const words = ['-i', '127.0.0.1', ...ports, '-d', folder, '-w', 'list']
  tracker = spawn('opentracker', words, { cwd: folder, stdio: 'ignore' })
  await isUp()
})

afterEach(async () => {
  client.close()
  if (!isInstalled()) return
  tracker.kill('SIGKILL')
  await once(tracker, 'exit')
  await rm(folder, { recursive: true })
})

interface Peer {
  readonly announcer: Announcer
  /** Resolves with the ports of the peers that the tracker names. */
  readonly found: Promise<readonly number[]>
}

const peer = (url: string, listensAt: number, left: number): Peer => {
  let tell: (peers: readonly Endpoint[]) => void = () => undefined
  const found = new Promise<readonly number[]>((resolve) => {
    tell = (peers) => resolve(peers.map((peer) => peer.port).sort())
  })
  const announcer = new Announcer({
    tiers: [[url]],
    infoHashes: [KNOWN],
    peerId: Buffer.from(`-SH0100-${String(listensAt).padStart(12, '0')}`),
    port: listensAt,
    announce: client.announce,
    progress: () => ({ uploaded: 0, downloaded: 0, left }),
    onPeers: tell,
    logger: silentLogger,
    random: Math.random,
    now: () => performance.now(),
  })
  announcer.start()
  return { announcer, found }
}

test.skipIf(!isInstalled()).each(['http', 'udp'])(
  'peers find each other at opentracker by %s, and who left is not named',
  async (scheme) => {
    const url = `${scheme}://127.0.0.1:${port}/announce`
    const seeder = peer(url, 1001, 0)
    await seeder.found
    const leecher = peer(url, 1002, 5)
    expect(await leecher.found).toContain(1001)
    await seeder.announcer.stop()
    const late = peer(url, 1003, 5)
    expect(await late.found).not.toContain(1001)
    await Promise.all([leecher.announcer.stop(), late.announcer.stop()])
  },
)

test.skipIf(!isInstalled())('what opentracker refuses is told', async () => {
  expect(await announceOnce(new Uint8Array(20))).toMatchObject({
    kind: 'failure',
    reason: expect.stringContaining('not authorized') as string,
  })
})
