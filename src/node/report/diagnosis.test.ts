import { createServer } from 'node:net'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Transfer } from '../api.js'
import { createTorrent } from '../content.js'
import { TestPeers } from '../testPeers.contract.js'

const until = (holds: () => boolean): Promise<boolean> =>
  vi.waitUntil(holds, { interval: 5, timeout: 20_000 })

const kindsOf = ({ diagnosis }: Transfer): readonly string[] => diagnosis.map(({ kind }) => kind)

/** A .torrent of a file, on disk, as bytes, and who may serve it. */
const stage = async () => {
  const peers = await TestPeers.open()
  const path = await peers.write('film', 2_000_000)
  const { bytes } = await createTorrent(path, { pieceLength: 65_536 })
  await writeFile(join(peers.folder, 'film.torrent'), bytes)
  const serve = async (name: string, uploadLimit?: number) => {
    const peer = await peers.peer(name, { uploadLimit })
    const share = await peer.seed(join(peers.folder, 'film.torrent'), peers.folder, { skipVerify: true })
    return { peer, share }
  }
  return { peers, bytes, serve }
}

test('a download says that nobody is known, or that nobody answers', async () => {
  const { peers, bytes } = await stage()
  const alone = await peers.peer('a')
  const fetched = await alone.get(bytes, { seed: false })
  expect(fetched.diagnosis).toEqual([{ kind: 'noPeersKnown' }])
  await fetched.pause()
  expect(fetched.diagnosis).toEqual([{ kind: 'paused' }])
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  server.on('connection', (socket) => socket.destroy())
  const { port } = server.address() as { port: number }
  const other = await peers.peer('b', { peers: [{ host: '127.0.0.1', port }] })
  expect((await other.get(bytes, { seed: false })).diagnosis).toEqual([{ kind: 'noneConnected', known: 1 }])
})

test('a download tells a limit of its own from one of its peer, and both from a seeder that sends slowly', async () => {
  const { peers, bytes, serve } = await stage()
  const { peer: seeder, share } = await serve('a')
  expect(share.diagnosis).toEqual([{ kind: 'nobodyWants', connected: 0 }])
  const leecher = await peers.peer('b', { peers: [seeder.endpoint] })
  const fetched = await leecher.get(bytes, { seed: false, limits: { download: 200_000 } })
  await until(() => kindsOf(fetched).includes('limited'))
  expect(fetched.diagnosis).toEqual([{ kind: 'limited', scope: 'torrent', limit: 200_000 }])
  fetched.setLimits({ download: undefined })
  leecher.setLimits({ download: 190_000 })
  await until(() => fetched.diagnosis.some((found) => found.kind === 'limited' && found.scope === 'peer'))
  leecher.setLimits({ download: undefined })
  seeder.setLimits({ upload: 80_000 })
  await until(() => kindsOf(fetched)[0] === 'peersSlow')
  expect(fetched.diagnosis).toMatchObject([{ kind: 'peersSlow', serving: 1 }])
  await until(() => kindsOf(share)[0] === 'limited')
  expect(share.diagnosis).toEqual([{ kind: 'limited', scope: 'peer', limit: 80_000 }])
})

test('a download says which pieces nobody has', async () => {
  const { peers, bytes, serve } = await stage()
  const { peer: seeder } = await serve('a', 1_000_000)
  const partial = await peers.peer('b', { peers: [seeder.endpoint] })
  const half = await partial.get(bytes, { seed: false })
  await until(() => half.summary.done > 300_000)
  await seeder.stop()
  const leecher = await peers.peer('c', { peers: [partial.endpoint] })
  const fetched = await leecher.get(bytes, { seed: false })
  await until(() => fetched.diagnosis.some((found) => found.kind === 'nobodyHas'))
  await until(() => fetched.summary.done > 0 && kindsOf(fetched)[0] === 'nobodyHas')
  const [found] = fetched.diagnosis
  const there = half.pieces.states.filter((state) => state === 3).length
  expect(found).toEqual({ kind: 'nobodyHas', connected: 1, pieces: 31 - there })
})
