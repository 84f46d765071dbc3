import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeBencode, encodeBencode, type BencodeDict, type Encodable } from '../../protocol/bencode.js'
import { fromHex } from '../../protocol/hex.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { HashesMessage, KnownMessage, RangeMessage } from '../../protocol/wire/message.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import type { NodeOptions, ShoalPeer, Transfer } from '../api.js'
import { createTorrent } from '../content.js'
import { startPeer } from '../node.js'
import { describeMetainfo, type Description } from '../torrent/description.js'
import { RawListener, RawPeer } from './rawPeer.contract.js'

/** Seven pieces of one block, the last one shorter. */
const PIECES = 7
const data = randomBytes(100_000)

let folder: string
let description: Description
let infoHash: Uint8Array
const peers: ShoalPeer[] = []
const raw: { destroy(): void }[] = []
const listeners: RawListener[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-session-'))
  await writeFile(join(folder, 'film'), data)
  const { bytes } = await createTorrent(join(folder, 'film'), { pieceLength: CHUNK_SIZE })
  await writeFile(join(folder, 'film.torrent'), bytes)
  description = describeMetainfo(bytes)
  infoHash = fromHex(description.infoHashV1 ?? '') ?? new Uint8Array()
})
afterEach(async () => {
  for (const one of raw.splice(0)) one.destroy()
  await Promise.all(peers.splice(0).map((peer) => peer.stop()))
  await Promise.all(listeners.splice(0).map((listener) => listener.close()))
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

/** A client connected to a Shoal seeder. */
const toSeeder = async (isFast = true): Promise<RawPeer> => {
  const seeder = await start('seeder')
  await (
    await seeder.seed(join(folder, 'film.torrent'), folder, { skipVerify: true })
  ).complete
  const one = await RawPeer.connect(seeder.endpoint.port, infoHash, isFast)
  raw.push(one)
  return one
}

/** A Shoal leecher that knows one peer, which does as `serve` says; `seed` of it seeds afterwards. */
const fromPeer = async (
  serve: (peer: RawPeer) => void,
  { isFast = true, seed = false } = {},
): Promise<{ transfer: Transfer; peer: Promise<RawPeer> }> => {
  let connected: (peer: RawPeer) => void
  const peer = new Promise<RawPeer>((resolve) => (connected = resolve))
  const listener = await RawListener.start(infoHash, isFast, (one) => {
    serve(one)
    connected(one)
  })
  listeners.push(listener)
  const leecher = await start('leecher', { peers: [listener.endpoint] })
  const transfer = await leecher.get(join(folder, 'film.torrent'), { seed })
  transfer.complete.catch(() => undefined)
  return { transfer, peer }
}

const block = ({ piece, begin, length }: RangeMessage): KnownMessage => ({
  kind: 'piece',
  piece,
  begin,
  data: data.subarray(piece * CHUNK_SIZE + begin, piece * CHUNK_SIZE + begin + length),
})
const HAVE_ALL = { kind: 'haveAll' } as const
const requestsOf = ({ heard }: RawPeer): RangeMessage[] =>
  heard.filter((message): message is RangeMessage => message.kind === 'request')
const piecesAsked = (peer: RawPeer): number[] => requestsOf(peer).map(({ piece }) => piece)

/** Gives what is asked for. */
const giving =
  (...first: readonly KnownMessage[]) =>
  (peer: RawPeer): void => {
    peer.introduce({})
    peer.send(...first)
    peer.onMessage((message) => {
      if (message.kind === 'request') peer.send(block(message))
    })
  }

test('a seeder says that it wants nothing (BEP 21), how many requests it takes, and where it sees the other side (BEP 10)', async () => {
  const peer = await toSeeder()
  await peer.until(() => peer.introductions().length > 0)
  const [said] = peer.introductions()
  expect(said).toMatchObject({ uploadOnly: true, requestQueue: 512, yourAddress: '127.0.0.1' })
  expect([...(said?.extensions.keys() ?? [])].sort()).toEqual(['lt_donthave', 'ut_metadata', 'ut_pex'])
})

test('BEP 27: of a private torrent no peers are told', async () => {
  const torrent = decodeBencode(await readFile(join(folder, 'film.torrent'))) as BencodeDict
  const info = new Map([...(torrent.get('info') as BencodeDict), ['private', 1]])
  const bytes = encodeBencode(new Map<string, Encodable>([...torrent, ['info', info]]))
  await writeFile(join(folder, 'film.torrent'), bytes)
  infoHash = fromHex(describeMetainfo(bytes).infoHashV1 ?? '') ?? new Uint8Array()
  const peer = await toSeeder()
  await peer.until(() => peer.introductions().length > 0)
  expect([...(peer.introductions()[0]?.extensions.keys() ?? [])].sort()).toEqual([
    'lt_donthave',
    'ut_metadata',
  ])
})

test.each([
  ['another seed', [HAVE_ALL], {}],
  ['one of part of the content that wants no more', [], { uploadOnly: true }],
])('BEP 21: a seed leaves %s', async (_, messages, said) => {
  const peer = await toSeeder()
  peer.introduce(said)
  peer.send(...messages, { kind: 'interested' })
  await peer.until(() => peer.isClosed)
  expect(peer.isClosed).toBe(true)
})

test('BEP 21: a leecher says that it wants nothing once it has everything, and not before', async () => {
  const { transfer, peer } = await fromPeer(
    (one) => {
      giving(HAVE_ALL, { kind: 'unchoke' })(one)
      one.send({ kind: 'interested' })
    },
    { seed: true },
  )
  await transfer.complete
  const one = await peer
  await one.until(() => one.introductions().length > 1)
  expect(one.introductions().map(({ uploadOnly }) => uploadOnly)).toEqual([false, true])
  expect(await readFile(join(folder, 'leecher', 'film'))).toEqual(data)
})

test.each(['haveAll', 'haveNone', 'suggest', 'allowedFast'] as const)(
  'BEP 6: who says %s without the fast extension is left',
  async (kind) => {
    const peer = await toSeeder(false)
    peer.send(kind === 'haveAll' || kind === 'haveNone' ? { kind } : { kind, piece: 0 })
    await peer.until(() => peer.isClosed)
    expect(peer.isClosed).toBe(true)
  },
)

test('BEP 6: who sends a block that was not asked for is left', async () => {
  const { peer } = await fromPeer((one) => {
    one.send(HAVE_ALL, { kind: 'unchoke' })
    one.onMessage((message) => {
      if (message.kind === 'request') one.send(block(message), block(message))
    })
  })
  const one = await peer
  await one.until(() => one.isClosed)
  expect(one.isClosed).toBe(true)
})

test('BEP 6: while choked a leecher asks for the pieces that it is allowed, and for no others', async () => {
  const allowed = [5, 2].map((piece) => ({ kind: 'allowedFast', piece }) as const)
  const { transfer, peer } = await fromPeer(giving(HAVE_ALL, ...allowed))
  const one = await peer
  await one.until(() => requestsOf(one).length >= 2)
  expect(piecesAsked(one).sort()).toEqual([2, 5])
  one.send({ kind: 'unchoke' })
  await transfer.complete
  expect(piecesAsked(one).sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('BEP 6: what it is allowed and refused all the same it does not ask for again while choked', async () => {
  const { peer } = await fromPeer((one) => {
    one.send(HAVE_ALL, { kind: 'allowedFast', piece: 3 })
    one.onMessage((message) => {
      if (message.kind !== 'request') return
      one.send({ ...message, kind: 'reject' }, { kind: 'allowedFast', piece: 4 })
    })
  })
  const one = await peer
  await one.until(() => requestsOf(one).length >= 2)
  expect(piecesAsked(one)).toEqual([3, 4])
})

test('BEP 6: what it is allowed it asks for only of who has it', async () => {
  const bytes = Uint8Array.of(0b1000_0000)
  const fast = [3, 0].map((piece) => ({ kind: 'allowedFast', piece }) as const)
  const { peer } = await fromPeer(giving({ kind: 'bitfield', bytes }, ...fast))
  const one = await peer
  await one.until(() => requestsOf(one).length > 0)
  expect(piecesAsked(one)).toEqual([0])
})

test('BEP 54: a piece that a peer no longer has is not asked of it, and without any it is of no interest', async () => {
  const { peer } = await fromPeer((one) => {
    giving(HAVE_ALL)(one)
    for (let piece = 0; piece < PIECES - 1; piece++) one.sendDontHave(piece)
    one.send({ kind: 'unchoke' })
  })
  const one = await peer
  await one.until(() => one.kinds().includes('notInterested'))
  expect(piecesAsked(one)).toEqual([PIECES - 1])
})

test('BEP 54: without the fast extension what was asked of a lost piece is asked again when the piece is back', async () => {
  const all = { kind: 'bitfield', bytes: Uint8Array.of(0b1111_1110) } as const
  let isLost = false
  const { transfer, peer } = await fromPeer(
    (one) => {
      one.introduce({})
      one.send(all, { kind: 'unchoke' })
      one.onMessage((message) => {
        if (message.kind !== 'request') return
        if (message.piece !== 3 || isLost) return one.send(block(message))
        isLost = true
        one.sendDontHave(3)
        one.send({ kind: 'have', piece: 3 })
      })
    },
    { isFast: false },
  )
  await transfer.complete
  expect(piecesAsked(await peer).filter((piece) => piece === 3)).toHaveLength(2)
})

test.each([1, 3])(
  'BEP 10: of a peer that takes %i requests no more are asked at once',
  async (requestQueue) => {
    let underWay = 0
    let most = 0
    const { transfer } = await fromPeer((one) => {
      one.introduce({ requestQueue })
      one.send(HAVE_ALL, { kind: 'unchoke' })
      one.onMessage((message) => {
        if (message.kind !== 'request') return
        most = Math.max(most, ++underWay)
        setTimeout(() => {
          underWay--
          one.send(block(message))
        }, 5)
      })
    })
    await transfer.complete
    expect(most).toBe(requestQueue)
  },
)

test('a peer that says what it has again and again is left', async () => {
  const peer = await toSeeder()
  peer.send(...Array.from({ length: 16 }, () => ({ kind: 'haveNone' }) as const), { kind: 'interested' })
  await peer.until(() => peer.kinds().includes('unchoke'))
  expect(peer.isClosed).toBe(false)
  peer.send({ kind: 'haveNone' })
  await peer.until(() => peer.isClosed)
  expect(peer.isClosed).toBe(true)
})

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  createHash('sha256').update(Buffer.concat(parts)).digest()

/** The root that hashes and uncles lead to. */
const rootOf = ({ hashes, length, index, proofLayers }: HashesMessage): Uint8Array => {
  const all = Array.from({ length: hashes.length / 32 }, (_, at) => hashes.slice(32 * at, 32 * (at + 1)))
  let row: Uint8Array[] = all.slice(0, length)
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, at) =>
      sha256(row[2 * at] ?? new Uint8Array(), row[2 * at + 1] ?? new Uint8Array()),
    )
  expect(all.length - length).toBe(Math.max(0, proofLayers - Math.log2(length) + 1))
  let node: Uint8Array = row[0] ?? new Uint8Array()
  let at = index / length
  for (const uncle of all.slice(length)) {
    node = at % 2 === 0 ? sha256(node, uncle) : sha256(uncle, node)
    at = Math.floor(at / 2)
  }
  return node
}

test('BEP 52: the hashes of a range come with the uncles that lead to the root, counted as it says', async () => {
  const peer = await toSeeder()
  const root = description.content.files[0]?.rootHash ?? ''
  const piecesRoot = fromHex(root) ?? new Uint8Array()
  // Eight leaves: three layers above them, of which the last is the root and has no uncle.
  const ranges = [
    { index: 0, length: 2, proofLayers: 2 },
    { index: 6, length: 2, proofLayers: 2 },
    { index: 4, length: 4, proofLayers: 2 },
    { index: 0, length: 8, proofLayers: 2 },
    { index: 0, length: 8, proofLayers: 0 },
  ]
  peer.send(...ranges.map((range) => ({ kind: 'hashRequest', piecesRoot, baseLayer: 0, ...range }) as const))
  const answers = (): HashesMessage[] =>
    peer.heard.filter((one): one is HashesMessage => one.kind === 'hashes')
  await peer.until(() => answers().length === ranges.length)
  for (const answer of answers()) expect(Buffer.from(rootOf(answer)).toString('hex')).toBe(root)
})

test('BEP 52: what is no range of hashes is rejected: one hash alone, not a power of two, beyond the tree', async () => {
  const peer = await toSeeder()
  const piecesRoot = fromHex(description.content.files[0]?.rootHash ?? '') ?? new Uint8Array()
  const odd = [
    { index: 0, length: 1, proofLayers: 0 },
    { index: 0, length: 3, proofLayers: 0 },
    { index: 1, length: 2, proofLayers: 0 },
    { index: 8, length: 8, proofLayers: 0 },
    { index: 0, length: 2, proofLayers: 3 },
    { index: 0, length: 1024, proofLayers: 0 },
  ]
  peer.send(...odd.map((range) => ({ kind: 'hashRequest', piecesRoot, baseLayer: 0, ...range }) as const))
  await peer.until(() => peer.kinds().filter((kind) => kind === 'hashReject').length === odd.length)
  expect(peer.kinds()).not.toContain('hashes')
})
