import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ShoalError } from '../../../protocol/errors.js'
import { asker, content, peer, peerIdOf, ref, there } from '../sample.contract.js'
import { storeContract } from '../store.contract.js'
import { parseStoreUrl, type RedisUrl } from '../storeUrl.js'
import { openRedisStore } from './redis.js'
import { hasRedis, RedisServer } from './redisServer.contract.js'

let server: RedisServer
let opened = 0
const urlOf = ({ port }: RedisServer): RedisUrl => {
  const url = parseStoreUrl(`redis://127.0.0.1:${port}`)
  if (url?.kind !== 'redis') throw new Error('no URL of Redis')
  return url
}
const client = (number: number) => ({
  infoHash: new Uint8Array(20).fill(7),
  peerId: new Uint8Array(20).fill(number),
  address: Uint8Array.of(9, 9, 9, number),
  port: 6881,
  role: 'leecher' as const,
  event: undefined,
  wanted: 50,
  families: 'both' as const,
  withPeerIds: false,
})

/** Asks until it is answered: a store that is away says so at once. */
const eventually = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (attempt === 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

describe.runIf(hasRedis)('with a real Redis', () => {
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server.remove())

  storeContract(
    'Redis',
    (limits, mode) =>
      openRedisStore(urlOf(server), {
        limits,
        mode: mode ?? 'catalog',
        prefix: `test${opened++}`,
        isServerTime: true,
      }),
    { isBounded: false },
  )

  describe('as a cluster', () => {
    let node: RedisServer
    beforeAll(async () => {
      node = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1')
      await node.ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
      await eventually(async () => {
        if (!String(await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'))
          throw new Error('not ready')
      })
    })
    afterAll(() => node.remove())

    storeContract(
      'Redis cluster',
      (limits, mode) =>
        openRedisStore(
          { ...urlOf(node), isCluster: true },
          { limits, mode: mode ?? 'catalog', prefix: `test${opened++}`, isServerTime: true },
        ),
      { isBounded: false },
    )
  })

  test('F2 what was proven to one tracker all of the same store know', async () => {
    const prefix = `test${opened++}`
    const [one, other] = [
      await openRedisStore(urlOf(server), { prefix }),
      await openRedisStore(urlOf(server), { prefix }),
    ]
    await one.publish(peer(1, '10.6.6.6'), content(1), 0)
    await other.touch({ ...peer(1), isProven: true }, 0)
    expect(await one.publish(peer(1, '10.6.6.6'), content(1), 0)).toEqual({ outcome: 'unproven' })
    expect((await one.counts()).peers).toBe(0)
    for (const store of [one, other]) await store.close()
  })

  test('sentinels say which server it is', async () => {
    const master = await RedisServer.start()
    const sentinel = await RedisServer.sentinel('main', master)
    const url = { ...urlOf(sentinel), sentinelName: 'main' }
    const store = await openRedisStore(url)
    expect(await store.publish(peer(1), content(1), performance.now())).toMatchObject({ torrentId: 1 })
    expect(await master.ask('GET', 'shoal:{catalog}:id')).toBe('1')
    await store.close()
    for (const each of [sentinel, master]) await each.remove()
  })

  test('what one tracker is told another knows, in lists, swarms and ids', async () => {
    const [one, two] = [
      await openRedisStore(urlOf(server)),
      await openRedisStore(urlOf(server), { mode: 'open' }),
    ]
    await one.publish(peer(1), content(1), performance.now())
    expect((await two.torrent(ref(1), 9, asker))?.seeders.size).toBe(1)
    expect(await two.publish(peer(2), content(2), performance.now())).toEqual({
      outcome: 'published',
      torrentId: 2,
    })
    await two.announce(client(1), performance.now())
    expect(await two.announce(client(2), performance.now())).toMatchObject({ leechers: 2 })
    expect(await one.announce(client(1), performance.now())).toBe('unregistered')
    for (const store of [one, two]) await store.close()
  })

  test('many uploads at two trackers at once are given each an id, and the same content the same', async () => {
    const prefix = 'race'
    const stores = await Promise.all([1, 2].map(() => openRedisStore(urlOf(server), { prefix })))
    const published = await Promise.all(
      Array.from({ length: 100 }, async (_, index) =>
        there(stores[index % 2]).publish(peer(index + 1), content((index >> 1) + 1), performance.now()),
      ),
    )
    const ids = published.map((each) => (each.outcome === 'published' ? each.torrentId : each.outcome))
    for (let index = 0; index < 100; index += 2) expect(ids[index]).toBe(ids[index + 1])
    expect([...new Set(ids)].sort((left, right) => Number(left) - Number(right))).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 1),
    )
    for (const store of stores) await store.close()
  })

  test('while Redis is away requests fail at once by name, and after a restart all is as it was', async () => {
    const own = await RedisServer.start('--appendfsync', 'always')
    const store = await openRedisStore(urlOf(own), { mode: 'open' })
    await store.publish(peer(1), content(1), performance.now())
    await store.announce(client(1), performance.now())
    await own.kill()
    const start = performance.now()
    const refused = { code: 'STORE_UNREACHABLE' }
    await expect(store.publish(peer(2), content(2), performance.now())).rejects.toMatchObject(refused)
    await expect(store.announce(client(2), performance.now())).rejects.toMatchObject(refused)
    await expect(store.expire(0)).rejects.toMatchObject(refused)
    expect(performance.now() - start).toBeLessThan(2_000)
    await own.start()
    const answer = await eventually(async () => store.announce(client(2), performance.now()))
    expect(answer).toMatchObject({ leechers: 2 })
    const view = await store.torrent(ref(1), 9, asker)
    expect([...there(view).seeders.keys()]).toEqual([peerIdOf(1)])
    expect(await store.publish(peer(2), content(2), performance.now())).toMatchObject({ torrentId: 2 })
    await store.close()
    await own.remove()
  })

  test('where no Redis is, or one that refuses, a store is not opened, and the error names the place', async () => {
    const own = await RedisServer.start('--requirepass', 'secret')
    const url = urlOf(own)
    await expect(openRedisStore(url)).rejects.toThrow(`127.0.0.1:${own.port}`)
    const error: unknown = await openRedisStore({ ...url, password: 'hunter2' }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ShoalError)
    expect((error as ShoalError).message).not.toContain('hunter2')
    await (await openRedisStore({ ...url, password: 'secret' })).close()
    await own.remove()
    await expect(openRedisStore(url)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
  })
})
