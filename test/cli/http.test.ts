import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openApi } from '../../src/api/server.js'
import { ShoalError } from '../../src/protocol/errors.js'
import { silentLogger } from '../../src/support/silentLogger.contract.js'
import { FakePeer, FakeTransfer, INFO_HASH, INFO_HASH_V1, OTHER_ID, PEER_ID, torrentId } from './fakePeer.js'
import { FakeWorld } from './fakeWorld.js'

const DEFAULT = { endpoint: { host: '127.0.0.1', port: 8080 }, anyPortIfTaken: true }
const GIVEN = { endpoint: { host: '::1', port: 9000 }, anyPortIfTaken: false }
const GIVEN_FLAGS = ['--http', '[::1]:9000']

/** What the command opened, when it has run to its end. */
const opened = async (words: readonly string[], environment: Record<string, string> = {}) => {
  const world = new FakeWorld()
  world.environment = environment
  world.input.end('5\n')
  world.onPeer = () => setImmediate(() => world.interrupt.raise())
  await world.run(...words)
  expect(world.apis.every(({ isClosed }) => isClosed)).toBe(true)
  return world.apis.map(({ endpoint, anyPortIfTaken }) => ({ endpoint, anyPortIfTaken }))
}

const PEER = ['peer', '127.0.0.1', '0']

test.each([
  [PEER, {}, [DEFAULT]],
  [[...PEER, ...GIVEN_FLAGS], {}, [GIVEN]],
  [[...PEER, '--no-http'], {}, []],
  [PEER, { SHOAL_NO_HTTP: '1' }, []],
  [[...PEER, ...GIVEN_FLAGS], { SHOAL_NO_HTTP: '1' }, [GIVEN]],
  [[...PEER, '--no-http'], { SHOAL_HTTP: '[::1]:9000' }, []],
  [['console', '--no-tracker'], {}, [DEFAULT]],
  [['share', 'film.mkv'], {}, []],
  [['get', '1'], {}, []],
  [['seed', 'a.torrent', '.'], {}, []],
  [['share', 'film.mkv', ...GIVEN_FLAGS], {}, [GIVEN]],
  [['get', '1', ...GIVEN_FLAGS], {}, [GIVEN]],
  [['seed', 'a.torrent', '.'], { SHOAL_HTTP: '[::1]:9000' }, [GIVEN]],
  [['list'], { SHOAL_HTTP: '[::1]:9000' }, []],
] as const)('%j with %j opens %j', async (words, environment, apis) =>
  expect(await opened(words, environment)).toEqual(apis),
)

test('a peer says where its API is, and that its port was taken', async () => {
  const world = new FakeWorld()
  world.input.end('5\n')
  await world.run(...PEER, '--json', '--http', '127.0.0.1:0')
  expect(world.events).toContainEqual({ event: 'http', host: '127.0.0.1', port: 4568, scheme: 'http' })
  expect(world.stderr.text).toContain('Web page and HTTP API at http://127.0.0.1:4568\n')
})

test('an API that cannot be opened ends the peer', async () => {
  const world = new FakeWorld()
  world.onApi = () => {
    throw new ShoalError('ADDRESS_IN_USE', 'It is taken')
  }
  expect(await world.run(...PEER, ...GIVEN_FLAGS)).toBe(1)
  expect(world.peer.isStopped).toBe(true)
  expect(world.stderr.text).toContain('It is taken')
})

/** A fake peer behind a real API, and a command line that finds it. */
const running = async (...transfers: readonly FakeTransfer[]) => {
  const state = await mkdtemp(join(tmpdir(), 'shoal-http-'))
  const peer = new FakePeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [{ host: '10.0.0.1', port: 8888 }],
    peers: [],
    output: 'output',
    state,
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    logger: silentLogger,
  })
  peer.transfers.push(...transfers)
  const endpoint = { host: '127.0.0.1', port: 0 }
  const api = await openApi({
    peer,
    endpoint,
    anyPortIfTaken: false,
    state,
    logger: silentLogger,
  })
  onTestFinished(async () => {
    await api.close()
    await rm(state, { recursive: true })
  })
  const run = async (...words: readonly string[]) => {
    const world = new FakeWorld()
    const exit = await world.run(...words, '--state', state)
    return { exit, stdout: world.stdout.text, stderr: world.stderr.text, events: () => world.events }
  }
  return { run, api, state, peer }
}

test('status is a table of torrents and trackers, or one document', async () => {
  const { run } = await running(
    new FakeTransfer({ done: 20_000, uploaded: 5 * 1024 ** 2, uploadRate: 2048 }),
    new FakeTransfer({
      torrentId: undefined,
      name: 'evil\x1b[2J\u202e',
      state: 'paused',
      peers: [],
      size: 0,
    }),
    new FakeTransfer({ torrentId: torrentId(4), error: new ShoalError('DISK_FULL', 'No room for it') }),
  )
  const { exit, stdout, stderr } = await run('status')
  expect([exit, stderr]).toEqual([0, ''])
  expect(stdout).toContain(`Peer ${PEER_ID} on 127.0.0.1:4567\n`)
  expect(stdout).toMatch(/\n10\.0\.0\.1:8888 +reachable\n/)
  expect(stdout).toMatch(/\nID +NAME +STATE +DONE +DOWN +UP +PEERS +UPLOADED\n/)
  expect(stdout).toMatch(/\n3 +film\.mkv +downloading +30\.7 % +1 KiB\/s +2 KiB\/s +1 +5 MiB\n/)
  expect(stdout).toMatch(/\nabababab +evil\\x1b\[2J\\u202e +paused +100\.0 %/)
  expect(stdout).toContain('\nfilm.mkv: No room for it. Free some room; the download resumes.\n')
  const document = (await run('status', '--json')).events()
  expect(document).toHaveLength(1)
  expect(document[0]).toMatchObject({
    peerId: PEER_ID,
    transferCount: 3,
    transfers: [{ torrentId: 3 }, {}, {}],
  })
})

test('status of a peer without torrents says so', async () => {
  const { run } = await running()
  expect((await run('status')).stdout).toContain('\nNothing is shared or downloaded.\n')
})

test('F5 status says whether others can connect, and what is carried for them', async () => {
  const { run, peer } = await running()
  expect((await run('status')).stdout).not.toContain('Others')
  peer.reach = { isReachable: false, mapping: undefined, relay: undefined }
  expect((await run('status')).stdout).toContain(
    '\nOthers cannot connect to it; they are met by way of the tracker.\n',
  )
  const relay = { pairs: 2, maxPairs: 16, bytes: 2048, rate: 512 * 1024 }
  peer.reach = { isReachable: true, mapping: { protocol: 'UPnP', externalPort: 8009 }, relay }
  const { stdout } = await run('status')
  expect(stdout).toContain('\nOthers can connect to it, by port 8009 of the router (UPnP).\n')
  expect(stdout).toContain(
    '\nCarries for others: 2 of at most 16 connections, 2 KiB so far, at most 512 KiB/s.\n',
  )
  expect((await run('status', '--json')).events()).toMatchObject([{ reach: { isReachable: true, relay } }])
})

test('peers is a table of who has what, or one document', async () => {
  const peer = {
    host: '10.0.0.9',
    port: 1,
    state: 'choked',
    chunks: 1,
    downloaded: 0,
    downloadRate: 0,
  } as const
  const others = [
    { ...peer, peerId: undefined },
    { ...peer, peerId: undefined, port: 443, isWebSeed: true },
  ]
  const { run } = await running(
    new FakeTransfer({ peers: [...new FakeTransfer({}).status.peers, ...others] }),
    new FakeTransfer({ torrentId: torrentId(4), state: 'seeding', peers: [], infoHash: undefined }),
  )
  const { exit, stdout } = await run('peers', '3')
  expect(exit).toBe(0)
  expect(stdout).toMatch(
    /^film\.mkv: downloading, 4 chunks\nPEER +ADDRESS +STATE +WAY +ENCRYPTION +CHUNKS +HAS +DOWNLOADED +RATE\n/,
  )
  expect(stdout).toMatch(
    new RegExp(`\n${OTHER_ID} +10.0.0.7:8001 +downloading +direct +none +4/4 +100.0 % +63.5 KiB +\\S+`),
  )
  expect(stdout).toMatch(/\nunknown +10\.0\.0\.9:1 +choked +direct +none +1\/4 +25\.0 % +0 B +0 B\/s\n/)
  expect(stdout).toMatch(/\nweb seed +10\.0\.0\.9:443 +choked/)
  expect((await run('peers', '4')).stdout).toContain('no peer is asked for it')
  expect((await run('peers', '3', '--json')).events()).toMatchObject([{ id: '3', peerCount: 3, chunks: 4 }])
})

test.each([
  ['seeding', 'Stopped sharing film.mkv.\n'],
  ['downloading', 'Stopped downloading film.mkv; it resumes when it is asked for again.\n'],
  ['paused', 'Stopped downloading film.mkv; it resumes when it is asked for again.\n'],
  ['failed', 'film.mkv had stopped already.\n'],
] as const)('stop of what is %s says so', async (state, said) => {
  const transfer = new FakeTransfer({ state })
  const { run } = await running(transfer)
  expect(await run('stop', INFO_HASH_V1.slice(0, 8))).toMatchObject({ exit: 0, stdout: said, stderr: '' })
  expect(transfer.isStopped).toBe(true)
  expect((await run('stop', INFO_HASH, '--json')).events()).toMatchObject([{ was: 'stopped', id: '3' }])
})

test.each([['peers'], ['stop']])('%s of an unknown torrent exits 3', async (verb) => {
  const { run } = await running()
  const { exit, stderr, stdout } = await run(verb, '9')
  expect([exit, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/^error: .*"9".*shoal status.*\n$/)
})

test('where several peers run, the one that is meant must be named', async () => {
  const { run, state, api } = await running()
  const second = { host: '127.0.0.1', port: 0 }
  const other = Object.assign(new FakePeer({ trackers: [] } as never), { peerId: OTHER_ID })
  Object.defineProperty(other, 'status', {
    value: { peerId: OTHER_ID, endpoint: { host: '10.0.0.2', port: 1 }, trackers: [], transfers: [] },
  })
  const opened = await openApi({
    peer: other,
    endpoint: second,
    anyPortIfTaken: false,
    state,
    logger: silentLogger,
  })
  onTestFinished(() => opened.close())
  const { exit, stderr } = await run('status')
  expect(exit).toBe(2)
  for (const { port } of [api.endpoint, opened.endpoint]) expect(stderr).toContain(`127.0.0.1:${port}`)
  const named = await run('status', '--http', `127.0.0.1:${opened.endpoint.port}`)
  expect(named.stdout).toContain(OTHER_ID)
})

test('where no peer runs a line says what to do', async () => {
  const { run, api } = await running()
  await api.close()
  for (const words of [['status'], ['status', '--http', `127.0.0.1:${api.endpoint.port}`]]) {
    const { exit, stdout, stderr } = await run(...words)
    expect([exit, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^error: No running peer .*Start one with `shoal`.*\n$/)
  }
  expect((await run('stop', '1', '--json')).events()).toMatchObject([{ code: 'PEER_NOT_RUNNING' }])
})

test('share and get are handed to the running peer', async () => {
  const { run, api, peer } = await running()
  const via = ['--via', `127.0.0.1:${api.endpoint.port}`]
  peer.onTransfer = (transfer) => transfer.become({ state: 'seeding', done: 65_000 })
  const shared = await run('share', 'film.mkv', ...via)
  expect([shared.exit, shared.stderr]).toEqual([0, ''])
  expect(shared.stdout).toContain('The running peer goes on sharing it.\n')
  expect(shared.stdout).toMatch(/^Sharing .*film\.mkv, 63\.5 KiB in 4 chunks\n  ID +3\n/)
  expect(peer.asked).toEqual([`addShare ${resolve('film.mkv')}`])
  const got = await run('get', '3', ...via)
  expect(got.exit).toBe(0)
  expect(got.stdout).toContain('Complete and verified in the running peer: /downloads/film.mkv, 63.5 KiB\n')
  expect(peer.asked.at(-1)).toBe('addGet 3')
})

test('what fails in the running peer fails here, with its reason', async () => {
  const { run, api, peer } = await running()
  const error = new ShoalError('TORRENT_NOT_FOUND', 'There is no torrent 9')
  peer.onTransfer = (transfer) => transfer.become({ state: 'failed', error })
  const { exit, stderr } = await run('get', '9', '--via', `127.0.0.1:${api.endpoint.port}`)
  expect(exit).toBe(3)
  expect(stderr).toContain('There is no torrent 9')
})

test('a peer that others reach asks commands from elsewhere for a token, which shoal token makes', async () => {
  const world = new FakeWorld()
  const state = await mkdtemp(join(tmpdir(), 'shoal-token-'))
  onTestFinished(() => rm(state, { recursive: true }))
  expect(await world.run('token', 'laptop', '--json', '--state', state)).toBe(0)
  expect(world.events).toMatchObject([
    { name: 'laptop', token: expect.stringMatching(/^shoal_[\w-]{43}$/) as string },
  ])
  const list = new FakeWorld()
  await list.run('token', '--state', state)
  expect(list.stdout.text).toMatch(/^NAME +MADE\nlaptop +2/)
  const revoked = new FakeWorld()
  await revoked.run('token', 'laptop', '--revoke', '--state', state)
  expect(revoked.stdout.text).toBe('Token laptop is revoked.\n')
  const password = new FakeWorld()
  await password.run('password', '--quiet', '--state', state)
  expect(password.stdout.text).toMatch(/^([a-z2-9]{4}-){4}[a-z2-9]{4}\n$/)
})
