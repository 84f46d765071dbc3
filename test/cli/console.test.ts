import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { entry, OTHER_ID, PEER_ID } from './fakePeer.js'
import { FakeWorld } from './fakeWorld.js'
import { ShoalError } from '../../src/protocol/errors.js'

const MENU = [
  '[1] List available torrents',
  '[2] Download a file',
  '[3] Share a file',
  '[4] Show help',
  '[5] Quit',
]

const PEER = ['peer', '127.0.0.1', '0', '10.0.0.1', '8888', '--log-level', 'silent'] as const

test('E1 the menu has its five entries, each by its number, and quits cleanly', async () => {
  const world = new FakeWorld()
  world.input.end('4\n3\n ./film.mkv \n2\n7\nnonsense\n5\n')
  expect(await world.run(...PEER)).toBe(0)
  expect(world.stdout.text).toContain(`\n${MENU.join('\n')}\n`)
  expect(world.peer.asked).toEqual(['share ./film.mkv', 'get 7 true'])
  expect(world.stdout.text).toContain('There is no such choice')
  expect(world.stdout.text).toContain('Sharing ./film.mkv')
  expect(world.peer.isStopped).toBe(true)
})

test('E1 a first-time user is told who this is before the menu', async () => {
  const world = new FakeWorld()
  world.input.end('5\n')
  await world.run(...PEER)
  const introduction = world.stdout.text.slice(0, world.stdout.text.indexOf('[1]'))
  expect(introduction).toContain(PEER_ID)
  expect(introduction).toContain('127.0.0.1:4567')
  expect(introduction).toContain('10.0.0.1:8888')
})

test('E2 the list shows ID, file name, chunks and every peer as PEER_ID@IP:PORT under Seeders and Leechers', async () => {
  const world = new FakeWorld()
  world.onPeer = (peer) => (peer.catalog = [entry(3, 'film.mkv'), entry(4, 'evil\x1b[2J')])
  world.input.end('1\n5\n')
  await world.run(...PEER)
  expect(world.stdout.text).toContain(
    [
      'ID 3  film.mkv  4 chunks  63.5 KiB',
      '    Seeders:',
      `      ${OTHER_ID}@10.0.0.7:8001`,
      '    Leechers:',
      `      ${PEER_ID}@10.0.0.8:8002`,
      'ID 4  evil\\x1b[2J  4 chunks',
    ].join('\n'),
  )
})

test('A3 several downloads go on while the menu is used', async () => {
  const world = new FakeWorld()
  world.onPeer = (peer) => (peer.onTransfer = () => undefined)
  const exit = world.run(...PEER)
  world.input.write('2\n1\n2\n2\n1\n')
  await world.stdout.has('ID 3')
  expect(world.peer.transfers.map(({ status }) => status.state)).toEqual(['downloading', 'downloading'])
  world.peer.transfers[1]?.finish()
  await world.stdout.has('Complete and verified')
  world.input.write('5\n')
  expect(await exit).toBe(0)
})

test('what fails is said, and the menu goes on', async () => {
  const world = new FakeWorld()
  world.onPeer = (peer) => (peer.failure = new ShoalError('TRACKER_UNREACHABLE', 'No tracker'))
  world.input.end('1\n3\nfilm\n2\n1\n5\n')
  expect(await world.run(...PEER)).toBe(0)
  expect(world.stderr.text.match(/error: No tracker\./g)).toHaveLength(3)
})

test('Enter alone goes back, and one on a choice shows the menu again', async () => {
  const world = new FakeWorld()
  world.input.end('\n2\n\n3\n\n5\n')
  expect(await world.run(...PEER)).toBe(0)
  expect(world.peer.asked).toEqual([])
  expect(world.stdout.text.split(MENU[0] ?? '')).toHaveLength(5)
})

test('E4 without a terminal and without input the peer serves until it is stopped', async () => {
  const world = new FakeWorld()
  world.input.end()
  const exit = world.run(...PEER)
  await world.stdout.has('serves until it is stopped')
  expect(world.peer.isStopped).toBe(false)
  world.interrupt.raise()
  expect(await exit).toBe(0)
  expect(world.peer.isStopped).toBe(true)
})

test('an interrupt ends a console that waits for its user', async () => {
  const world = new FakeWorld()
  const exit = world.run(...PEER)
  await world.stdout.has('[5] Quit')
  world.interrupt.raise()
  expect(await exit).toBe(0)
  expect(world.peer.isStopped).toBe(true)
})

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('the console runs a tracker of its own where none answers on this machine, and stops it at the end', async () => {
  const world = new FakeWorld()
  const port = await freePort()
  world.input.end('5\n')
  expect(await world.run('--tracker', `127.0.0.1:${port}`, '--log-level', 'silent')).toBe(0)
  expect(world.trackers[0]).toMatchObject({ host: '127.0.0.1', port, isStopped: true })
  expect(world.stdout.text).toContain(`No tracker answered at 127.0.0.1:${port}`)
})

test('the console runs none where one answers, nor does a peer whose addresses were given', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const world = new FakeWorld()
  world.input.end('5\n')
  expect(await world.run('--tracker', `127.0.0.1:${port}`)).toBe(0)
  server.close()
  const other = new FakeWorld()
  other.input.end('5\n')
  await other.run('peer', '127.0.0.1', '0', '127.0.0.1', String(await freePort()))
  expect([...world.trackers, ...other.trackers]).toEqual([])
})
