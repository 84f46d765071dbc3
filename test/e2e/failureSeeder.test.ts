import { join } from 'node:path'
import { Op, Ret } from '../../src/protocol/json/op.js'
import { fetchBeside, inGroups } from './tools/beside.js'
import { sumFrom } from './tools/received.js'
import { steady, type Behaviour } from './tools/otherPeer.js'
import { test } from './tools/world.js'

const MiB = 1024 * 1024

/** What the only seeder does at first; once it has done so it is honest. */
const mended: Record<string, Behaviour> = {
  'stalls after 10 chunks': ({ connection, count }, honest) =>
    connection === 1 && count > 10 ? undefined : honest,
  'closes the connection every 10 chunks': ({ countHere, socket }, honest) => {
    if (countHere % 10 === 0) socket.destroy()
    return honest
  },
  'chokes at first': ({ message, chunk, count }, honest) => {
    if (chunk !== undefined && count < 3) return { OP_CODE: Op.STATUS_CHOKED, RET_CODE: Ret.FORBIDDEN }
    return message.OP_CODE === Op.STATUS_UNINTERESTED ? undefined : honest
  },
  'fails to read every third chunk': ({ count }, honest) =>
    count % 3 === 0 ? { OP_CODE: Op.GET_CHUNK, RET_CODE: Ret.FAIL } : honest,
}

test.concurrent.for(Object.entries(mended))(
  'C5 A7 the only seeder %s, and the download is completed all the same',
  async ([, behave], { world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', MiB)
    const { other, id } = await world.seeder(tracker, content, behave)
    const out = world.path('out')
    const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], { out })
    await leecher.exits(0, 40_000)
    await world.expectFile(join(out, content.name), content)
    expect(new Set(other.asked).size).toBe(content.chunks)
  },
)

test.concurrent(
  'C5 A7 a seeder is killed mid-download, and the other one delivers the rest',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 2 * MiB)
    const limit = ['--upload-limit', '500K']
    const doomed = await world.share(tracker, content, ...limit)
    const lasting = await world.share(tracker, content, ...limit)
    const out = world.path('out')
    const leecher = world.get(doomed.id, content, ['--no-seed', '--tracker', tracker], { out })
    await leecher.eventWhere(
      ({ event, peers, done }) => event === 'progress' && peers === 2 && Number(done) > 4e5,
    )
    await doomed.program.crash()
    await leecher.exits(0)
    await world.expectFile(join(out, content.name), content)
    const complete = await leecher.event('complete')
    expect(sumFrom(complete)).toBe(content.data.length)
    expect(sumFrom(complete, await lasting.program.port())).toBeGreaterThan(content.data.length / 2)
    expect(sumFrom(complete, await doomed.program.port())).toBeGreaterThan(0)
  },
)

test.concurrent(
  'C5 A7 the only seeder is killed mid-download: nothing is at the final name until it is back',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', MiB)
    const state = ['--state', world.path('seeder')]
    const first = await world.share(tracker, content, '--upload-limit', '400K', ...state)
    const port = ['--port', String(await first.program.port())]
    const out = world.path('out')
    const leecher = world.get(first.id, content, ['--no-seed', '--tracker', tracker], { out })
    await leecher.hasDone(200_000)
    await first.program.crash()
    await leecher.logs(/(closed the connection|cannot be reached); trying it again/)
    expect(leecher.hasEnded).toBe(false)
    await world.share(tracker, content, ...port, ...state)
    await leecher.exits(0)
    await world.expectFile(join(out, content.name), content)
  },
)

/** Each of these is listed beside an honest seeder that needs two seconds for the whole. */
const nuisances: Record<string, Behaviour> = {
  'accepts and never answers': () => undefined,
  'answers 5 chunks and then nothing': ({ count }, honest) => (count > 5 ? undefined : honest),
  'is slow: a chunk every half second': steady(500),
  'closes after every chunk': ({ socket, chunk }, honest) => {
    if (chunk !== undefined) setImmediate(() => socket.end())
    return honest
  },
  'closes in the middle of each message': ({ socket, chunk }, honest) => {
    if (chunk === undefined) return honest
    socket.end(JSON.stringify(honest).slice(0, 9000))
    return undefined
  },
  'resets the connection when asked for a chunk': ({ socket, chunk }, honest) => {
    if (chunk === undefined) return honest
    socket.resetAndDestroy()
    return undefined
  },
  'chokes for ever': ({ message, chunk }, honest) => {
    if (chunk !== undefined) return { OP_CODE: Op.STATUS_CHOKED, RET_CODE: Ret.FORBIDDEN }
    return message.OP_CODE === Op.STATUS_INTERESTED
      ? { OP_CODE: Op.STATUS_CHOKED, RET_CODE: Ret.SUCCESS }
      : honest
  },
  'says it has every chunk and has none': ({ chunk }, honest) =>
    chunk === undefined ? honest : { OP_CODE: Op.GET_CHUNK, RET_CODE: Ret.NOT_FOUND, CHUNK_IDX: chunk },
  'fails to read every chunk': ({ chunk }, honest) =>
    chunk === undefined ? honest : { OP_CODE: Op.GET_CHUNK, RET_CODE: Ret.FAIL, CHUNK_IDX: chunk },
  'does not know the torrent': ({ message }) => ({
    OP_CODE: message.OP_CODE,
    RET_CODE: Ret.TORRENT_DOES_NOT_EXIST,
  }),
}

test.concurrent.for(inGroups(nuisances))(
  'C5 A7 beside another one a bad seeder costs no more than a moment: %s',
  async ([, group], { world, expect }) => {
    const { leecher, all } = await fetchBeside(world, group, { size: MiB, pace: 30 })
    expect(leecher.stderr).not.toMatch(/delivered nothing for too long/)
    for (const { name, honest, nuisance } of all) {
      expect(nuisance.requests.length, name).toBeGreaterThan(0)
      expect(honest.asked.length, name).toBeGreaterThan(0)
    }
  },
)
