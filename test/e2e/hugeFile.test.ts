import { createHash, randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect as expectThat } from 'vitest'
import { hashes } from '../../src/node/hashes.js'
import { RawPeer } from '../../src/node/wire/rawPeer.contract.js'
import { fromHex } from '../../src/protocol/hex.js'
import { decodeMetainfo } from '../../src/protocol/metainfo/decode.js'
import type { BlockRange, HashesMessage, PieceMessage } from '../../src/protocol/wire/message.js'
import { CHUNK, sha256 } from './tools/content.js'
import { HUGE_PIECE, makeHugeFolder, SparseFile } from './tools/hugeTorrent.js'
import type { Program } from './tools/program.js'
import { test, type World } from './tools/world.js'

const MiB = 1024 * 1024
const GiB = 1024 * MiB

const SIZE = 101 * GiB
/** Around the offsets at which numbers of 32 and 36 bits end, beyond 100 GiB, and the last chunk. */
const OFFSETS = [2 ** 32 - CHUNK, 2 ** 32, 2 ** 36 + 3 * CHUNK, 100 * GiB + 5 * CHUNK, SIZE - CHUNK]
/** Layers above the chunks: 6,464 pieces of 1,024 chunks. */
const LAYERS = 23
/** MiB that a process may have held at most, its program included. */
const MAX_MEMORY = 250

const blockOf = (chunk: number): BlockRange => ({
  piece: Math.floor((chunk * CHUNK) / HUGE_PIECE),
  begin: (chunk * CHUNK) % HUGE_PIECE,
  length: CHUNK,
})

/** MiB, at most, as the system counts; where it does not, 0. */
const peakMemory = async ({ process: { pid } }: Program): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
}

const seed = async (world: World, torrent: string): Promise<Program> => {
  const where = [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--no-tracker',
    '--state',
    world.path('seeder'),
    '--json',
  ]
  const seeder = world.run('seed', torrent, world.path('data'), '--skip-verify', ...where)
  await seeder.event('seeding')
  return seeder
}

/** The root that two hashes and their uncles lead to. */
const rootOf = ({ hashes: all, index, length }: HashesMessage): Buffer => {
  const one = (at: number): Buffer => Buffer.from(all.subarray(32 * at, 32 * (at + 1)))
  const pair = (...both: readonly Buffer[]): Buffer =>
    createHash('sha256').update(Buffer.concat(both)).digest()
  let node = pair(one(0), one(1))
  for (let at = index / length, uncle = length; uncle < all.length / 32; at = Math.floor(at / 2), uncle++)
    node = at % 2 === 0 ? pair(node, one(uncle)) : pair(one(uncle), node)
  return node
}

/** Asks for every random chunk, for the zeros beside it, and for the hashes of both with their proof. */
const expectServed = async (peer: RawPeer, huge: SparseFile, piecesRoot: Uint8Array): Promise<void> => {
  peer.send({ kind: 'interested' })
  await peer.until(() => peer.kinds().includes('unchoke'))
  const chunks = [...huge.chunks.keys()].flatMap((chunk) => [chunk, chunk - 2])
  for (const chunk of chunks) {
    peer.send({ kind: 'request', ...blockOf(chunk) })
    const range = { baseLayer: 0, index: chunk - (chunk % 2), length: 2, proofLayers: LAYERS - 1 }
    peer.send({ kind: 'hashRequest', piecesRoot, ...range })
  }
  await peer.until(() => peer.kinds().filter((kind) => kind === 'hashes').length === chunks.length)
  const pieces = peer.heard.filter((one): one is PieceMessage => one.kind === 'piece')
  for (const [index, chunk] of chunks.entries()) {
    expectThat(pieces[index]).toMatchObject({ piece: blockOf(chunk).piece, begin: blockOf(chunk).begin })
    const expected = huge.chunks.get(chunk) ?? Buffer.alloc(CHUNK)
    expectThat(expected.equals(pieces[index]?.data ?? new Uint8Array())).toBe(true)
  }
  const proofs = peer.heard.filter((one): one is HashesMessage => one.kind === 'hashes')
  for (const proof of proofs) expectThat(rootOf(proof).equals(piecesRoot)).toBe(true)
}

test.concurrent(
  'D1 E5 of a file of 101 GiB every offset is served and proven, and what lies behind it is fetched, in bounded memory',
  async ({ world, expect }) => {
    const huge = new SparseFile(SIZE, OFFSETS)
    const small = randomBytes(20 * CHUNK)
    const { torrent, root } = await makeHugeFolder(world.folder, huge, small)
    const seeder = await seed(world, torrent)
    const port = await seeder.port()
    const { infoHash = '' } = decodeMetainfo(await readFile(torrent), hashes)
    const peer = await RawPeer.connect(port, (fromHex(infoHash) ?? new Uint8Array()).subarray(0, 20))
    await expectServed(peer, huge, fromHex(root) ?? new Uint8Array())
    peer.destroy()

    const out = world.path('out')
    const content = { name: 'films/small.bin', data: small }
    const flags = ['--no-seed', '--no-tracker', '--peer', `127.0.0.1:${port}`]
    await world.get(torrent, content, ['--select', 'small.bin', ...flags], { out }).exits(0)
    expect(sha256(await readFile(join(out, 'films', 'small.bin')))).toBe(sha256(small))
    expect(await peakMemory(seeder)).toBeLessThan(MAX_MEMORY)
  },
)

test.concurrent(
  'F1 D1 a download of 101 GiB that is killed goes on where it was, in bounded memory',
  async ({ world, expect }) => {
    const huge = new SparseFile(SIZE, OFFSETS)
    const { torrent } = await makeHugeFolder(world.folder, huge, randomBytes(CHUNK))
    const port = await (await seed(world, torrent)).port()
    const place = { out: world.path('out'), state: world.path('state'), expected: [] }
    const flags = ['--no-seed', '--no-tracker', '--peer', `127.0.0.1:${port}`, '--download-limit', '64M']
    const get = (): Program => world.get(torrent, { name: 'films', data: Buffer.alloc(0) }, flags, place)
    const first = get()
    await first.hasDone(64 * MiB)
    expect(await peakMemory(first)).toBeLessThan(MAX_MEMORY)
    await first.crash()
    const second = get()
    expect(Number((await second.event('progress')).done)).toBeGreaterThan(32 * MiB)
    expect(await peakMemory(second)).toBeLessThan(MAX_MEMORY)
    expect((await stat(join(place.out, 'films.part', 'a huge.bin'))).size).toBeGreaterThan(64 * MiB)
    await second.crash()
  },
)
