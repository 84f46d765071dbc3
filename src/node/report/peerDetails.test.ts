import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createTorrent } from '../content.js'
import { TestPeers } from '../testPeers.contract.js'

const until = (holds: () => boolean): Promise<boolean> =>
  vi.waitUntil(holds, { interval: 5, timeout: 20_000 })

const SIZE = 1_000_000

test('both ends of a connection tell who is there, how, and what went where', async () => {
  const peers = await TestPeers.open()
  const trackers = [await peers.tracker()]
  const seeder = await peers.peer('a', { trackers, uploadLimit: 400_000 })
  const seeded = await seeder.share(await peers.write('film', SIZE))
  await seeded.complete
  const leecher = await peers.peer('b', { trackers })
  const fetched = await leecher.get('1', { seed: true })
  await until(() => fetched.summary.done > 200_000 && seeded.summary.uploadRate > 0)
  const [from, ...others] = fetched.peers
  expect(others).toEqual([])
  expect(from).toMatchObject({
    ...seeder.endpoint,
    peerId: seeder.peerId,
    client: 'Shoal',
    wire: 'bittorrent',
    encryption: 'tls',
    direction: 'outgoing',
    route: 'direct',
    origin: 'tracker',
    state: 'downloading',
    progress: 1,
    uploaded: 0,
    wasted: 0,
    isChokingUs: false,
    isOfInterest: true,
    isInterestedInUs: false,
  })
  expect(from?.downloaded).toBe(fetched.summary.downloaded)
  expect(from?.downloadRate).toBeGreaterThan(0)
  const [to, ...more] = seeded.peers
  expect(more).toEqual([])
  expect(to).toMatchObject({
    ...leecher.endpoint,
    client: 'Shoal',
    wire: 'bittorrent',
    direction: 'incoming',
    origin: 'incoming',
    state: 'uploading',
    downloaded: 0,
    isInterestedInUs: true,
    isChokedByUs: false,
    isOfInterest: false,
  })
  expect(to?.uploaded).toBe(seeded.summary.uploaded)
  expect(leecher.figures.connections).toEqual({ incoming: 0, outgoing: 1 })
  expect(seeder.figures.connections).toEqual({ incoming: 1, outgoing: 0 })
  seeder.setLimits({ upload: undefined })
  await fetched.complete
  const { received } = leecher.figures.wires.bittorrent
  expect(received).toBe(fetched.summary.downloaded)
  expect(leecher.figures.verifiedChunks).toBe(fetched.summary.chunks)
  expect(leecher.figures).toMatchObject({ wrongChunks: 0, diskQueue: 0 })
  expect(leecher.figures.uptime).toBeGreaterThan(0)
  expect(seeder.figures.wires.bittorrent.sent).toBeGreaterThanOrEqual(SIZE)
})

test('peers of the JSON protocol are told of on both sides too', async () => {
  const peers = await TestPeers.open()
  const trackers = [await peers.tracker()]
  const seeder = await peers.peer('a', { trackers, uploadLimit: 400_000, isJsonOnly: true })
  const seeded = await seeder.share(await peers.write('film', SIZE))
  await seeded.complete
  const leecher = await peers.peer('b', { trackers })
  const fetched = await leecher.get('1', { seed: true })
  await until(() => fetched.summary.done > 200_000 && seeded.peers.length > 0)
  expect(fetched.peers).toMatchObject([
    {
      ...seeder.endpoint,
      wire: 'json',
      direction: 'outgoing',
      origin: 'tracker',
      client: undefined,
      progress: 1,
    },
  ])
  expect(seeded.peers).toMatchObject([
    {
      host: '127.0.0.1',
      peerId: leecher.peerId,
      wire: 'json',
      direction: 'incoming',
      isInterestedInUs: true,
    },
  ])
  expect(seeded.peers[0]?.uploaded).toBeGreaterThanOrEqual(200_000)
  seeder.setLimits({ upload: undefined })
  await fetched.complete
  expect(leecher.figures.wires).toMatchObject({ json: { received: SIZE }, bittorrent: { received: 0 } })
  expect(seeder.figures.wires.json.sent).toBeGreaterThanOrEqual(SIZE)
})

test('what a peer sent wrongly counts as wasted', async () => {
  const peers = await TestPeers.open()
  const path = await peers.write('film', SIZE)
  const { bytes } = await createTorrent(path, {})
  await writeFile(join(peers.folder, 'film.torrent'), bytes)
  const data = await readFile(path)
  data[500_000] = (data[500_000] ?? 0) ^ 1
  await writeFile(path, data)
  const liar = await peers.peer('a', { uploadLimit: 400_000 })
  await liar.seed(join(peers.folder, 'film.torrent'), peers.folder, { skipVerify: true })
  const leecher = await peers.peer('b', { peers: [liar.endpoint] })
  const fetched = await leecher.get(bytes, { seed: false })
  await until(() => leecher.figures.wrongChunks > 0)
  expect(fetched.peers).toMatchObject([{ wasted: 16_384, origin: 'given' }])
  expect(fetched.peers[0]?.downloaded).toBe(fetched.summary.downloaded)
})
