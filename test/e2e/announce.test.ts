import { afterEach, beforeEach, expect } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { SmallTracker } from '../../src/discovery/smallTracker.contract.js'
import { decodeBencode, encodeBencode, type BencodeDict, type Encodable } from '../../src/protocol/bencode.js'
import { LOOPBACK, test, type World } from './tools/world.js'
import type { Content } from './tools/content.js'

let tracker: SmallTracker
beforeEach(async () => {
  tracker = await SmallTracker.start()
})
afterEach(() => tracker.close())

/** Port 1: nobody listens there. */
const DEAD = 'http://127.0.0.1:1/announce'

/** The .torrent of `content` with trackers, as others would give it. */
const announcedTorrent = async (world: World, content: Content): Promise<string> => {
  const dict = decodeBencode(content.torrent) as BencodeDict
  const list = [[DEAD], [tracker.udpUrl]]
  const path = world.path('announced.torrent')
  await writeFile(path, encodeBencode(new Map<string, Encodable>([...dict, ['announce-list', list]])))
  return path
}

test('get fetches from whom the trackers of a .torrent name, with --no-tracker and one of them dead', async ({
  world,
}) => {
  const content = await world.content('film.bin', 300_000)
  const torrent = await announcedTorrent(world, content)
  const flags = ['--no-tracker', '--state', world.path('seeder')]
  const seeder = world.run('seed', torrent, world.path('input'), ...LOOPBACK, '--json', ...flags)
  const port = await seeder.port()
  await tracker.wasTold(({ request }) => request.event === 'started' && request.port === port)
  await world.fetched(torrent, content, '--no-tracker')
  const events = tracker.told
    .filter(({ request }) => request.port !== port)
    .map(({ request }) => request.event)
  expect(new Set(events)).toEqual(new Set(['started', 'completed', 'stopped']))
  seeder.process.kill('SIGTERM')
  await seeder.exits(0)
  expect(tracker.told.at(-1)?.request).toMatchObject({ event: 'stopped', port })
})
