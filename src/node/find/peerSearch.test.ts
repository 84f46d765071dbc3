import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SmallTracker, type Told } from '../../discovery/smallTracker.contract.js'
import { decodeBencode, encodeBencode, type BencodeDict, type Encodable } from '../../protocol/bencode.js'
import { toHex } from '../../protocol/hex.js'
import { formatMagnet } from '../../protocol/metainfo/magnet.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { startTracker, type Tracker } from '../../tracker/tracker.js'
import type { NodeOptions, ShoalPeer } from '../api.js'
import { createTorrent } from '../content.js'
import { startPeer } from '../node.js'
import { describeMetainfo } from '../torrent/description.js'
import { wirePeerIdOf } from '../../protocol/wire/peerId.js'
import { PeerSearch, type Searcher } from './peerSearch.js'

let folder: string
let small: SmallTracker
const peers: ShoalPeer[] = []
const trackers: Tracker[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-search-'))
  small = await SmallTracker.start()
})
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.stop()))
  await Promise.all(trackers.splice(0).map((tracker) => tracker.stop()))
  small.close()
  await rm(folder, { recursive: true })
})

const start = async (name: string, options: Partial<NodeOptions> = {}): Promise<ShoalPeer> => {
  const peer = await startPeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [],
    peers: [],
    output: join(folder, name),
    state: join(folder, `${name}.state`),
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    logger: silentLogger,
    ...options,
  })
  peers.push(peer)
  return peer
}

/** A .torrent of some content, with what `more` adds to it and to its info dictionary. */
const torrentOf = async (
  more: Readonly<Record<string, Encodable>>,
  info: Readonly<Record<string, Encodable>> = {},
): Promise<{ file: string; data: Buffer; bytes: Uint8Array }> => {
  const data = randomBytes(100_000)
  await writeFile(join(folder, 'data.bin'), data)
  const { bytes } = await createTorrent(join(folder, 'data.bin'), {})
  const dict = decodeBencode(bytes) as BencodeDict
  const whole = encodeBencode(
    new Map<string, Encodable>([
      ...dict,
      ...Object.entries(more),
      ['info', new Map([...(dict.get('info') as BencodeDict), ...Object.entries(info)])],
    ]),
  )
  const file = join(folder, 'data.torrent')
  await writeFile(file, whole)
  return { file, data, bytes: whole }
}

const isEvent =
  (event: string, port: number) =>
  ({ request }: Told): boolean =>
    request.event === event && request.port === port

const SEED = { skipVerify: true }

test.each(['httpUrl', 'udpUrl'] as const)(
  'get finds a seeder at the tracker of a .torrent, and both say what they do: %s',
  async (url) => {
    const { file, data, bytes } = await torrentOf({ 'announce-list': [[small[url]]] })
    const seeder = await start('seeder')
    await seeder.seed(file, folder, SEED)
    const began = await small.wasTold(isEvent('started', seeder.endpoint.port))
    expect(began.request).toMatchObject({ left: 0, peerId: wirePeerIdOf(seeder.peerId) })
    const leecher = await start('leecher')
    const { port } = leecher.endpoint
    await (
      await leecher.get(file, { seed: false })
    ).complete
    expect(await readFile(join(folder, 'leecher', 'data.bin'))).toEqual(data)
    expect((await small.wasTold(isEvent('started', port))).request).toMatchObject({
      downloaded: 0,
      left: 100_000,
    })
    expect((await small.wasTold(isEvent('completed', port))).request).toMatchObject({
      left: 0,
      downloaded: 100_000,
    })
    await small.wasTold(isEvent('stopped', port))
    await seeder.stop()
    expect((await small.wasTold(isEvent('stopped', seeder.endpoint.port))).request.uploaded).toBe(100_000)
    const { infoHash, infoHashV1 } = describeMetainfo(bytes)
    const named = new Set(small.told.map(({ request }) => toHex(request.infoHash)))
    expect(named).toEqual(new Set([infoHashV1, infoHash?.slice(0, 40)]))
  },
)

test('the trackers of a magnet link count where the .torrent has none', async () => {
  const { file, bytes } = await torrentOf({})
  const catalog = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
  trackers.push(catalog)
  const seeder = await start('seeder', { trackers: [catalog.endpoint] })
  await (
    await seeder.seed(file, folder, SEED)
  ).complete
  const leecher = await start('leecher', { trackers: [catalog.endpoint] })
  const { infoHash } = describeMetainfo(bytes)
  await leecher.get(formatMagnet({ infoHash, trackers: [small.httpUrl] }), { seed: true })
  await small.wasTold(isEvent('started', leecher.endpoint.port))
})

test('what is shared anew has no tracker of BitTorrent', async () => {
  await writeFile(join(folder, 'other.bin'), 'x')
  const seeder = await start('seeder')
  await seeder.share(join(folder, 'other.bin'))
  await seeder.stop()
  expect(small.told).toEqual([])
})

test.each([
  [0, 1],
  [1, 0],
])(
  'a private torrent is not looked for on the local network (BEP 27): private=%i',
  async (isPrivate, joins) => {
    const { bytes } = await torrentOf({ announce: small.httpUrl }, { private: isPrivate })
    const announced: string[] = []
    let joined = 0
    const searcher: Searcher = {
      peerId: (await start('someone')).peerId,
      endpoint: { host: '0.0.0.0', port: 8001 },
      announce: async ({ url }: { url: string }) => {
        announced.push(url)
        return { kind: 'failure', reason: 'no', retryIn: undefined }
      },
      localDiscovery: { join: () => (joined++, () => undefined) },
      logger: silentLogger,
      random: Math.random,
      now: () => performance.now(),
    }
    const description = describeMetainfo(bytes)
    const search = new PeerSearch(searcher, {
      description,
      trackers: description.metainfo?.trackers ?? [],
      progress: () => ({ uploaded: 0, downloaded: 0, left: 0 }),
      onPeers: () => undefined,
    })
    search.start()
    await search.stop()
    expect(joined).toBe(joins)
    expect(new Set(announced)).toEqual(new Set([small.httpUrl]))
  },
)

test('what a tracker names is kept and told of as BitTorrent, this peer left out', async () => {
  const { bytes } = await torrentOf({})
  const listed = [
    { host: '127.0.0.1', port: 8001, peerId: undefined },
    { host: '127.0.0.1', port: 8002, peerId: undefined },
  ]
  const unsaid = {
    interval: 60,
    minInterval: undefined,
    trackerId: undefined,
    warning: undefined,
    seeders: undefined,
    leechers: undefined,
  }
  const searcher: Searcher = {
    peerId: (await start('someone')).peerId,
    endpoint: { host: '0.0.0.0', port: 8001 },
    announce: async () => ({ kind: 'success', ...unsaid, peers: listed }),
    localDiscovery: undefined,
    logger: silentLogger,
    random: Math.random,
    now: () => performance.now(),
  }
  const expected = { host: '127.0.0.1', port: 8002, wires: ['bittorrent'] }
  const told = await new Promise((onPeers) => {
    const search = new PeerSearch(searcher, {
      description: describeMetainfo(bytes),
      trackers: [[small.httpUrl]],
      progress: () => ({ uploaded: 0, downloaded: 0, left: 0 }),
      onPeers: (peers) => {
        expect([...search.found.values()]).toEqual([expected])
        onPeers(peers)
        void search.stop()
      },
    })
    search.start()
  })
  expect(told).toEqual([expected])
})
