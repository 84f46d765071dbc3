import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Op } from '../../src/protocol/json/op.js'
import { fetchBeside, inGroups } from './tools/beside.js'
import { steady, type Behaviour } from './tools/otherPeer.js'
import { test } from './tools/world.js'

const MiB = 1024 * 1024

const HTTP = 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nnope'

/** Answers of a peer that speaks something else, or something broken. Each stands beside an honest seeder. */
const garbage: Record<string, Behaviour> = {
  'random bytes': () => randomBytes(50_000),
  'a web page': () => HTTP,
  'an array': () => '[1,2,3]\n',
  'half a message and then nothing': (_, honest) => JSON.stringify(honest).slice(0, 40),
  'a message that nests deeper than any': () => `{"A":${'['.repeat(100_000)}`,
  'what is not UTF-8': () =>
    Buffer.concat([Buffer.from('{"A":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}\n')]),
  'an answer that nobody asked for': (_, honest) => `${JSON.stringify(honest)}\n${JSON.stringify(honest)}\n`,
  'an empty object': () => ({}),
  'fields of the wrong types': () => ({
    OP_CODE: 'x',
    RET_CODE: [],
    BITFIELD: 7,
    CHUNK_DATA: {},
    REQUESTS: -1,
  }),
  'numbers out of any range': ({ chunk }, honest) =>
    chunk === undefined ? { ...honest, REQUESTS: 1e300 } : { ...honest, CHUNK_IDX: 2 ** 53 },
  'a bit field that is too short': (_, honest) =>
    'BITFIELD' in honest ? { ...honest, BITFIELD: '/w==' } : honest,
  'a bit field that is too long': (_, honest) =>
    'BITFIELD' in honest ? { ...honest, BITFIELD: Buffer.alloc(1000, 255).toString('base64') } : honest,
  'a bit field that is not base64': (_, honest) =>
    'BITFIELD' in honest ? { ...honest, BITFIELD: '!!!not base64!!!' } : honest,
  'chunk data that is not base64': ({ chunk }, honest) =>
    chunk === undefined ? honest : { ...honest, CHUNK_DATA: '~'.repeat(20_000) },
  'another chunk than the one asked for': ({ chunk }, honest) =>
    chunk === undefined ? honest : { ...honest, CHUNK_IDX: chunk + 1 },
  'a list of peers that is garbage': ({ message }, honest) =>
    message.OP_CODE === Op.GET_PEERS
      ? { ...honest, PEER_LIST: { x: { IP_ADDRESS: '\u0000', PORT: 1e9 }, y: null, ['ab'.repeat(16)]: [] } }
      : honest,
}

test.concurrent.for(inGroups(garbage))(
  'C5 A7 B2 a seeder of garbage is left, and the download goes on: %s',
  async ([, group], { world, expect }) => {
    const { all } = await fetchBeside(world, group, { size: MiB, pace: 30 })
    for (const { name, nuisance } of all) expect(nuisance.requests.length, name).toBeGreaterThan(0)
  },
)

/** Megabytes that a process has held at most. */
const peakMemory = async (pid: number | undefined): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

test
  .skipIf(process.platform !== 'linux')
  .concurrent(
    'C5 A7 a message without end is cut off, and memory stays bounded',
    async ({ world, expect }) => {
      const tracker = await world.tracker()
      const content = await world.content('film.bin', MiB)
      const { id } = await world.seeder(tracker, content, steady(60))
      let sent = 0
      const flood = Buffer.alloc(65_536, 'x')
      await world.alsoSeeds(tracker, content, id, ({ socket, countHere }) => {
        if (countHere > 0) return undefined
        socket.write('{"OP_CODE":180,"A":"')
        const pour = (): void => {
          while (!socket.destroyed && socket.write(flood)) sent += flood.length
        }
        socket.on('drain', pour)
        pour()
        return undefined
      })
      const out = world.path('out')
      const leecher = world.get(id, content, ['--tracker', tracker], { out })
      await leecher.logs(/sent what is not of the protocol/)
      await leecher.event('complete')
      await world.expectFile(join(out, content.name), content)
      expect(sent).toBeGreaterThan(100_000)
      expect(await peakMemory(leecher.process.pid)).toBeLessThan(200)
      expect(await leecher.interrupt()).toBe(0)
    },
  )

test.concurrent(
  'C5 A7 a seeder of garbage alone never puts anything at the final name',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', MiB)
    const { id } = await world.seeder(tracker, content, () => randomBytes(20_000))
    const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker])
    await leecher.logs(/trying it again in 2 s/)
    expect(await leecher.interrupt()).toBe(130)
  },
)
