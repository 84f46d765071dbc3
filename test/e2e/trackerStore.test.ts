import { setTimeout as sleep } from 'node:timers/promises'
import { hasRedis, RedisServer } from '../../src/tracker/store/redis/redisServer.contract.js'
import { LOOPBACK, test, type World } from './tools/world.js'

const sender = (number: number) => ({
  IP_ADDRESS: '127.0.0.1',
  PORT: String(9000 + number),
  PEER_ID: number.toString(16).padStart(32, '0'),
})

const upload = (world: World, tracker: string, number: number) =>
  world.ask(tracker, {
    OP_CODE: 140,
    ...sender(number),
    FILE_NAME: `film ${number}`,
    NUM_OF_CHUNKS: 2,
    INFO_HASH: number.toString(16).padStart(64, '0'),
  })

const namesAt = async (world: World, tracker: string) =>
  (await world.list(tracker)).map(({ TORRENT_ID, FILE_NAME }) => [TORRENT_ID, FILE_NAME])

/** Asks until it is answered with SUCCESS. */
const eventually = async (ask: () => Promise<{ readonly RET_CODE?: unknown }>): Promise<void> => {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await ask().catch(() => ({ RET_CODE: undefined }))
    if (answer.RET_CODE === 200) return
    await sleep(50)
  }
  throw new Error('never answered')
}

test.concurrent(
  'F1 a tracker killed under uploads has every one that it answered, under its id',
  async ({ world, expect }) => {
    const store = ['--store', `sqlite:${world.path('state', 'catalog.sqlite')}`]
    const tracker = await world.trackerProgram(...store)
    const answered = new Map<number, unknown>()
    let isEnough: () => void = () => undefined
    const enough = new Promise<void>((resolve) => (isEnough = resolve))
    const uploading = Array.from({ length: 8 }, async (_, worker) => {
      for (let turn = 0; ; turn++) {
        const number = 1 + worker + 8 * turn
        const answer = await upload(world, tracker.at, number).catch(() => undefined)
        if (answer === undefined) return
        expect(answer).toMatchObject({ RET_CODE: 200 })
        answered.set(number, answer.TORRENT_ID)
        if (answered.size === 100) isEnough()
      }
    })
    await enough
    await tracker.program.crash()
    await Promise.all(uploading)
    const again = await world.trackerProgram(...store)
    for (const [number, id] of answered) {
      expect(await upload(world, again.at, number)).toMatchObject({ RET_CODE: 200, TORRENT_ID: id })
    }
  },
)

test.concurrent(
  'F1 what was shared is listed again, and fetched, within an interval of a restart',
  async ({ world, expect }) => {
    const store = ['--store', `sqlite:${world.path('state', 'catalog.sqlite')}`, '--interval', '1']
    const film = await world.content('film.bin', 200_000)
    const tracker = await world.trackerProgram(...store)
    const { id } = await world.share(tracker.at, film)
    await tracker.program.crash()
    await world.trackerProgram(...store, '--port', String(tracker.port))
    await expect.poll(() => namesAt(world, tracker.at), { timeout: 10_000 }).toEqual([[id, 'film.bin']])
    await world.fetched(id, film, '--tracker', tracker.at)
  },
)

test.concurrent('a second tracker on the same file is refused with a reason', async ({ world }) => {
  const store = `sqlite:${world.path('catalog.sqlite')}`
  await world.trackerProgram('--store', store)
  const second = world.run('tracker', ...LOOPBACK, '--store', store)
  await second.exits(1, 10_000)
})

test
  .skipIf(!hasRedis)
  .concurrent(
    'two trackers over one Redis are one, whichever is killed, and Redis may restart',
    async ({ world, expect }) => {
      const redis = await RedisServer.start('--appendfsync', 'always')
      try {
        const store = ['--store', `redis://127.0.0.1:${redis.port}`, '--interval', '2']
        const [one, two] = [await world.trackerProgram(...store), await world.trackerProgram(...store)]
        const film = await world.content('film.bin', 200_000)
        const { id } = await world.share(one.at, film)
        await world.fetched(id, film, '--tracker', two.at)
        expect(await upload(world, two.at, 7)).toMatchObject({ RET_CODE: 200, TORRENT_ID: 2 })
        await one.program.crash()
        expect(await namesAt(world, two.at)).toContainEqual([2, 'film 7'])
        await redis.kill()
        await expect(upload(world, two.at, 8)).rejects.toThrow('no answer from the store')
        await redis.start()
        await eventually(() => upload(world, two.at, 8))
        expect(await upload(world, two.at, 7)).toMatchObject({ RET_CODE: 200, TORRENT_ID: 2 })
        await expect.poll(() => namesAt(world, two.at), { timeout: 10_000 }).toContainEqual([3, 'film 8'])
      } finally {
        await redis.remove()
      }
    },
  )
