import { createServer } from 'node:net'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { PIECE_STATES, type Transfer } from '../api.js'
import { createTorrent } from '../content.js'
import { TestPeers } from '../testPeers.contract.js'

const until = (holds: () => boolean): Promise<boolean> =>
  vi.waitUntil(holds, { interval: 5, timeout: 20_000 })

/** How many pieces are in each state. */
const countsOf = ({ pieces }: Transfer): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const code of pieces.states) {
    const state = PIECE_STATES[code] ?? 'none'
    counts[state] = (counts[state] ?? 0) + 1
  }
  return counts
}

test('the pieces of a download go from missing to had, and tell how many peers have each', async () => {
  const peers = await TestPeers.open()
  const seeder = await peers.peer('a', { uploadLimit: 400_000 })
  await peers.write('films/one', 300_000)
  await peers.write('films/two', 300_000)
  const torrent = join(peers.folder, 'films.torrent')
  const { bytes } = await createTorrent(join(peers.folder, 'films'), { pieceLength: 65_536 })
  await writeFile(torrent, bytes)
  const seeded = await seeder.seed(torrent, peers.folder, { skipVerify: true })
  expect(countsOf(seeded)).toEqual({ have: 10 })

  const leecher = await peers.peer('b', { peers: [seeder.endpoint] })
  const fetched = await leecher.get(bytes, { seed: true, select: ['two'] })
  expect(countsOf(fetched)).toEqual({ unwanted: 5, missing: 5 })
  await until(() => fetched.summary.done > 0)
  const pieces = fetched.pieces
  expect(pieces).toMatchObject({ pieceCount: 10, pieceLength: 65_536 })
  expect([...pieces.availability]).toEqual(Array.from({ length: 10 }, () => 1))
  const during = countsOf(fetched)
  expect((during.inFlight ?? 0) + (during.partial ?? 0) + (during.have ?? 0)).toBeGreaterThan(0)
  await fetched.complete
  expect(countsOf(fetched)).toEqual({ unwanted: 5, have: 5 })
  expect(fetched.summary).toMatchObject({ size: 300_000, done: 300_000, isFolder: true, fileCount: 2 })
  expect(fetched.summary.completedAt).toBeGreaterThanOrEqual(fetched.summary.addedAt)
  expect(fetched.metainfo).toEqual(bytes)
  expect(fetched.magnet).toContain(`xt=urn:btmh:1220${fetched.summary.infoHash ?? 'none'}`)
})

test('each tracker of a transfer tells whether it answers, how many it counts, and when it is asked again', async () => {
  const peers = await TestPeers.open()
  const tracker = await peers.tracker()
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  onTestFinished(() => void closed.close())
  const { port } = closed.address() as { port: number }
  closed.on('connection', (socket) => socket.destroy())
  const name = `${tracker.host}:${tracker.port}`

  const path = await peers.write('film', 100_000)
  const { bytes } = await createTorrent(path, {
    trackers: [[`http://${name}/announce`], [`http://127.0.0.1:${port}/announce?key=secret`]],
  })
  await writeFile(join(peers.folder, 'film.torrent'), bytes)
  const seeder = await peers.peer('a', { trackers: [tracker], uploadLimit: 50_000 })
  const seeded = await seeder.seed(join(peers.folder, 'film.torrent'), peers.folder, { skipVerify: true })
  await seeded.complete
  const leecher = await peers.peer('b', { trackers: [tracker] })
  const fetched = await leecher.get(bytes, { seed: true })
  await until(() => fetched.trackers.every(({ state }) => state === 'working' || state === 'failing'))
  const [listed, announced, failing] = fetched.trackers
  expect(listed).toMatchObject({ kind: 'shoal', name, state: 'working', seeders: 1, error: undefined })
  expect(announced).toMatchObject({ kind: 'announce', name, tier: 0, state: 'working' })
  expect(announced?.seeders).toBe(1)
  expect(failing).toMatchObject({ kind: 'announce', name: `127.0.0.1:${port}`, tier: 1, state: 'failing' })
  expect(failing?.error).toContain(`127.0.0.1:${port}`)
  expect(failing?.error).not.toContain('secret')
  expect(listed?.nextIn).toBeGreaterThan(0)
  expect(announced?.nextIn).toBeGreaterThan(0)
})
