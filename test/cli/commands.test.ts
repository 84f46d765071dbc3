import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.js'
import { ShoalError, type ErrorCode } from '../../src/protocol/errors.js'
import { INFO_HASH, INFO_HASH_V1, OTHER_ID, PEER_ID } from './fakePeer.js'
import { FakeWorld } from './fakeWorld.js'

const failing = (code: ErrorCode) => new ShoalError(code, 'It is so')

test.each(commands.map(({ verb }) => verb))('%s --help has an example', async (verb) => {
  const world = new FakeWorld()
  expect(await world.run(verb, '--help')).toBe(0)
  expect(world.stdout.text).toMatch(/Example:\n {2}(\w+=\S+ )?shoal/)
  expect(world.stderr.text).toBe('')
})

test('--help lists every command, and --version says the version', async () => {
  const world = new FakeWorld()
  expect(await world.run('--help')).toBe(0)
  for (const { verb, summary } of commands) {
    expect(world.stdout.text).toContain(`  ${verb}`)
    expect(summary).not.toBe('')
  }
  const other = new FakeWorld()
  expect(await other.run('--version')).toBe(0)
  expect(other.stdout.text).toBe('1.2.3\n')
})

test.each([
  [['nonsense']],
  [['get']],
  [['list', '--bogus']],
  [['split', 'one']],
  [['show', 'one', 'two']],
  [['share', 'a', 'b', '--name', 'c']],
  [['config', 'nonsense']],
])('wrong usage exits 2 with one line: %j', async (words) => {
  const world = new FakeWorld()
  expect(await world.run(...words)).toBe(2)
  expect(world.stderr.text.trimEnd().split('\n')).toHaveLength(1)
  expect(world.stderr.text).toMatch(/^error: .*--help/)
})

test.each([
  [['peer', '127.0.0.1', '99999'], '--port'],
  [['peer', '127.0.0.1', '8001', '10.0.0.1', 'x'], '--tracker'],
  [['get', '1', '--upload-limit', 'fast'], '--upload-limit'],
  [['get', '1', '--tracker', 'nowhere'], '--tracker'],
  [['tracker', '--store', 'redis:secret'], '--store'],
  [['tracker', '--mode', 'closed'], '--mode'],
  [['list', '--log-level', 'loud'], '--log-level'],
])('a bad value exits 2 and is named: %j', async (words, name) => {
  const world = new FakeWorld()
  expect(await world.run(...words)).toBe(2)
  expect(world.stderr.text).toContain(name)
  expect(world.peers).toHaveLength(0)
})

test.each([
  ['TORRENT_NOT_FOUND', 3],
  ['TRACKER_UNREACHABLE', 4],
  ['UNVERIFIABLE', 5],
  ['ALREADY_SEEDING', 6],
  ['DISK_FULL', 1],
] as const)('%s exits %d, in one line with what to do', async (code, exit) => {
  const world = new FakeWorld()
  world.onPeer = (peer) => (peer.failure = failing(code))
  expect(await world.run('get', '7', '--json')).toBe(exit)
  const { remedy } = failing(code)
  expect(world.stderr.text).toBe(`error: It is so. ${remedy} [${code}]\n`)
  expect(world.events).toContainEqual({ event: 'error', code, message: 'It is so', remedy })
  expect(world.peer.isStopped).toBe(true)
})

test('an error that is none of ours is INTERNAL, with its stack at level debug only', async () => {
  const world = new FakeWorld()
  world.onPeer = () => {
    throw new TypeError('x is not a function\nat all')
  }
  expect(await world.run('list')).toBe(1)
  expect(world.stderr.text).toMatch(/^error: x is not a function at all\. Please report.*\n$/)
  await world.run('list', '--log-level', 'debug')
  expect(world.stderr.text).toMatch(/\n {4}at /)
})

test('list prints a table, or one document', async () => {
  const world = new FakeWorld()
  expect(await world.run('list', 'film')).toBe(0)
  expect(world.stdout.text).toMatch(
    /ID +NAME +SIZE +CHUNKS +SEEDERS +LEECHERS\n3 +film\.mkv +63\.5 KiB +4 +1 +1\n/,
  )
  expect(world.peer.asked).toEqual(['list film'])
  const other = new FakeWorld()
  await other.run('--json', 'list')
  expect(JSON.parse(other.stdout.text)).toEqual([
    {
      torrentId: 3,
      name: 'film.mkv',
      size: 65_000,
      chunks: 4,
      infoHash: INFO_HASH,
      seeders: [{ peerId: OTHER_ID, host: '10.0.0.7', port: 8001 }],
      leechers: [{ peerId: PEER_ID, host: '10.0.0.8', port: 8002 }],
    },
  ])
})

test('share says id, info-hashes and magnet, seeds until it is interrupted, and exits 0', async () => {
  const world = new FakeWorld()
  const exit = world.run('share', 'film.mkv', '--name', 'Film', '--json')
  await world.stdout.has('"seeding"')
  world.interrupt.raise()
  expect(await exit).toBe(0)
  expect(world.peer.isStopped).toBe(true)
  expect(world.events.map(({ event }) => event)).toEqual([
    'listening',
    'hashing',
    'shared',
    'seeding',
    'stopped',
  ])
  expect(world.events[0]).toMatchObject({ host: '127.0.0.1', port: 4567, peerId: PEER_ID })
  const magnet = `magnet:?xt=urn:btih:${INFO_HASH_V1}&xt=urn:btmh:1220${INFO_HASH}&dn=Film`
  expect(world.events[2]).toMatchObject({
    torrentId: 3,
    name: 'Film',
    infoHash: INFO_HASH,
    infoHashV1: INFO_HASH_V1,
    magnet,
    chunks: 4,
    size: 65_000,
  })
})

test('get with --no-seed exits once everything is complete, and says what came from whom', async () => {
  const world = new FakeWorld()
  expect(await world.run('get', '1', '2', '--no-seed', '--select', '*.jpg')).toBe(0)
  expect(world.peer.asked).toEqual(['get 1 false *.jpg', 'get 2 false *.jpg'])
  expect(world.stdout.text).toContain(`from ${OTHER_ID}@10.0.0.7:8001  63.5 KiB`)
  expect(world.stdout.text).not.toContain('Seeding')
})

test('get says progress as events and completes with the peers', async () => {
  const world = new FakeWorld()
  world.onPeer = (peer) => {
    peer.onTransfer = (transfer) => transfer.become({ done: 30_000 })
  }
  const exit = world.run('get', '9', '--json')
  await world.stdout.has('"progress"')
  world.peer.transfers[0]?.finish()
  await world.stdout.has('"seeding"')
  world.interrupt.raise()
  expect(await exit).toBe(0)
  expect(world.events.find(({ event }) => event === 'progress')).toMatchObject({
    name: 'torrent-9',
    done: 30_000,
    size: 65_000,
    peers: 1,
  })
  expect(world.events.find(({ event }) => event === 'complete')).toMatchObject({
    path: '/downloads/film.mkv',
    peers: [{ peerId: OTHER_ID, host: '10.0.0.7', port: 8001, downloaded: 65_000 }],
  })
})

test('get ends a transfer that is paused, and the others go on', async () => {
  const world = new FakeWorld()
  world.onPeer = (peer) => {
    peer.onTransfer = (transfer) => {
      if (peer.transfers.length === 2) transfer.finish()
      else transfer.become({ state: 'paused', error: failing('DISK_FULL') })
    }
  }
  expect(await world.run('get', '1', '2', '--no-seed')).toBe(1)
  expect(world.stderr.text).toContain('It is so.')
  expect(world.peer.transfers.map(({ isStopped }) => isStopped)).toEqual([true, false])
  expect(world.stdout.text).toContain('Complete and verified')
})

test('an interrupted download exits 130 and stops the peer; a second interrupt ends the process at once', async () => {
  const world = new FakeWorld()
  world.onPeer = (peer) => {
    peer.onTransfer = () => world.interrupt.raise()
  }
  expect(await world.run('get', '1')).toBe(130)
  expect(world.peer.isStopped).toBe(true)
  world.interrupt.raise()
  expect(world.exits).toEqual([130])
})

test('flags reach the peer; the port is fixed only where it was given', async () => {
  const world = new FakeWorld()
  world.environment = { SHOAL_SEED_LIMIT: '1', SHOAL_TRACKER: '10.0.0.1:1,[::1]:2' }
  await world.run('get', '1', '--no-seed', '-o', 'out', '--download-limit', '10M', '--peer', '10.0.0.2:3')
  expect(world.peer.options).toMatchObject({
    host: '0.0.0.0',
    port: 8001,
    anyPortIfTaken: true,
    trackers: [
      { host: '10.0.0.1', port: 1 },
      { host: '::1', port: 2 },
    ],
    peers: [{ host: '10.0.0.2', port: 3 }],
    output: 'out',
    seedLimit: 1,
    downloadLimit: 10 * 1024 ** 2,
    uploadLimit: undefined,
    allowUnverified: false,
  })
  const other = new FakeWorld()
  other.environment = { SHOAL_PORT: '9000', SHOAL_TRACKER: '10.0.0.1:1', SHOAL_ALLOW_UNVERIFIED: 'true' }
  await other.run('get', '1', '--no-seed', '--no-tracker')
  expect(other.peer.options).toMatchObject({
    port: 9000,
    anyPortIfTaken: false,
    trackers: [],
    allowUnverified: true,
  })
})

test('what names a tracker outranks a weaker --no-tracker', async () => {
  const world = new FakeWorld()
  world.environment = { SHOAL_NO_TRACKER: '1', SHOAL_NO_SEED: '1' }
  await world.run('get', '1', '--tracker', '10.0.0.1:1')
  expect(world.peer.options.trackers).toEqual([{ host: '10.0.0.1', port: 1 }])
  const other = new FakeWorld()
  other.environment = world.environment
  await other.run('get', '1')
  expect(other.peer.options.trackers).toEqual([])
})

test('tracker says where it listens, serves until it is interrupted, and exits 0', async () => {
  const world = new FakeWorld()
  const exit = world.run(
    'tracker',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--interval',
    '5',
    '--trust-declared',
    '--json',
  )
  await world.stdout.has('listening')
  world.interrupt.raise()
  expect(await exit).toBe(0)
  expect(world.events).toEqual([{ event: 'listening', host: '127.0.0.1', port: 8888 }, { event: 'stopped' }])
  expect(world.trackers[0]).toMatchObject({ interval: 5, trustDeclared: true, isStopped: true })
  expect(world.trackers[0]).not.toHaveProperty('requestsPerSecond')
  expect(world.trackers[0]?.store).toMatchObject({
    url: { kind: 'sqlite', path: undefined },
    mode: 'catalog',
  })
})

test('seed hands its words and --skip-verify on', async () => {
  const world = new FakeWorld()
  const exit = world.run('seed', 'a.torrent', 'data', '--skip-verify')
  await world.stdout.has('Seeding')
  world.interrupt.raise()
  expect(await exit).toBe(0)
  expect(world.peer.asked).toEqual(['seed a.torrent data true'])
})

test('--quiet prints results and errors only', async () => {
  const world = new FakeWorld()
  expect(await world.run('get', '1', '--no-seed', '--quiet')).toBe(0)
  expect(world.stdout.text).toMatch(/^Complete and verified: .*\n$/)
  expect(world.stderr.text).toBe('')
})

test('get hands on how much to want which files, and whether in order', async () => {
  const world = new FakeWorld()
  const flags = ['--priority', 'a=b/*=high', '--priority', '*.txt=skip', '--sequential']
  expect(await world.run('get', '1', '--no-seed', ...flags)).toBe(0)
  expect(world.peer.asked).toEqual(['get 1 false a=b/*=high *.txt=skip sequential'])
})

test.each(['high', '*.mkv=', '*.mkv=urgent', '=high'])('get refuses the priority %s', async (text) => {
  const world = new FakeWorld()
  expect(await world.run('get', '1', '--no-seed', '--priority', text)).toBe(2)
  expect(world.stderr.text).toContain('priority')
})

test.each([
  ['get', '1', '--no-seed'],
  ['share', 'film'],
  ['seed', 'a.torrent', 'data'],
])('%s limits each torrent by itself too', async (...words) => {
  const world = new FakeWorld()
  const limits = ['--torrent-download-limit', '500K', '--torrent-upload-limit', '2M']
  const exit = world.run(...words, ...limits)
  if (words[0] !== 'get') await world.stdout.has('Seeding')
  world.interrupt.raise()
  await exit
  expect(world.peer.options.torrentLimits).toEqual({ download: 500 * 1024, upload: 2 * 1024 ** 2 })
})

test('config shows where each value came from', async () => {
  const world = new FakeWorld()
  world.environment = { SHOAL_SEED_LIMIT: '1' }
  expect(await world.run('config', '--port', '9000', '--json')).toBe(0)
  expect(world.events[0]).toMatchObject({
    port: { value: 9000, source: 'flag', name: '--port' },
    seedLimit: { value: 1, source: 'variable', name: 'SHOAL_SEED_LIMIT' },
    tracker: { value: ['127.0.0.1:8888'], source: 'default' },
    uploadLimit: { value: null, source: 'default' },
  })
})
