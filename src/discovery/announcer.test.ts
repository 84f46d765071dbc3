import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AnnounceResponse } from '../protocol/announce/announce.js'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import { silentLogger } from '../support/silentLogger.contract.js'
import type { AnnounceCall } from './announceCall.js'
import { Announcer, type AnnouncerOptions } from './announcer.js'
import { SmallTracker } from './smallTracker.contract.js'
import { TrackerClient } from './trackerClient.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const SECOND = 1000
const MINUTE = 60 * SECOND

const hash = (byte: number): Uint8Array => new Uint8Array(20).fill(byte)

const success = (more: Partial<AnnounceResponse & { kind: 'success' }> = {}): AnnounceResponse => ({
  kind: 'success',
  interval: 1800,
  minInterval: undefined,
  trackerId: undefined,
  warning: undefined,
  seeders: undefined,
  leechers: undefined,
  peers: [],
  ...more,
})

const failing = (): never => {
  throw new ShoalError('TRACKER_UNREACHABLE', 'down')
}

/** What was said to whom: 'event@host', with '-' for none. */
type Said = string

interface World {
  readonly announcer: Announcer
  readonly calls: AnnounceCall[]
  readonly said: () => Said[]
  readonly found: Endpoint[]
}

/** An announcer whose trackers do what `answer` says. */
const world = (
  tiers: readonly (readonly string[])[],
  answer: (call: AnnounceCall) => AnnounceResponse | Promise<AnnounceResponse>,
  options: Partial<AnnouncerOptions> = {},
): World => {
  const calls: AnnounceCall[] = []
  const found: Endpoint[] = []
  let read = 0
  const announcer = new Announcer({
    tiers,
    infoHashes: [hash(1)],
    peerId: hash(9),
    port: 8001,
    announce: async (call) => {
      calls.push(call)
      return answer(call)
    },
    progress: () => ({ uploaded: 1, downloaded: 2, left: 3 }),
    onPeers: (peers) => found.push(...peers),
    logger: silentLogger,
    // The order of a tier stays as it is given.
    random: () => 0.999,
    now: () => performance.now(),
    ...options,
  })
  const said = (): Said[] => {
    const names = calls
      .slice(read)
      .map(({ url, request }) => `${request.event ?? '-'}@${new URL(url).hostname}`)
    read = calls.length
    return names
  }
  return { announcer, calls, said, found }
}

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds)

const A = 'http://a/announce'
const B = 'http://b/announce'
const C = 'udp://c:1/announce'

describe('whom', () => {
  test('each tier hears of it, by its first tracker that answers, which is the first from then on (BEP 12)', async () => {
    const down = new Set(['a'])
    const { announcer, said } = world([[A, B], [C]], ({ url }) =>
      down.has(new URL(url).hostname) ? failing() : success(),
    )
    announcer.start()
    await pass(0)
    expect(said().sort()).toEqual(['started@a', 'started@b', 'started@c'])
    await pass(1800 * SECOND)
    expect(said().sort()).toEqual(['-@b', '-@c'])
    down.add('b').delete('a')
    await pass(1800 * SECOND)
    expect(said().sort()).toEqual(['-@b', '-@c', 'started@a'])
    await announcer.stop()
    expect(said().sort()).toEqual(['stopped@a', 'stopped@b', 'stopped@c'])
  })

  test('the order in a tier is by chance', async () => {
    const first = async (random: () => number): Promise<Said | undefined> => {
      const { announcer, said } = world([[A, B]], () => success(), { random })
      announcer.start()
      await pass(0)
      return said()[0]
    }
    expect(await first(() => 0)).toBe('started@b')
    expect(await first(() => 0.999)).toBe('started@a')
  })

  test('a tracker in two tiers is one, and what is no tracker of ours is left out', async () => {
    const { announcer, said } = world([[A], [A, B], ['wss://x', 'http://[']], () => success())
    announcer.start()
    await pass(0)
    expect(said()).toEqual(['started@a', 'started@b'])
  })

  test('a hybrid torrent is announced under both names, with one key', async () => {
    const { announcer, calls } = world([[A]], () => success(), { infoHashes: [hash(1), hash(2)] })
    announcer.start()
    await pass(0)
    expect(calls.map(({ request }) => request.infoHash[0])).toEqual([1, 2])
    expect(new Set(calls.map(({ request }) => request.key)).size).toBe(1)
    expect(calls[0]?.request).toMatchObject({
      port: 8001,
      peerId: hash(9),
      uploaded: 1,
      downloaded: 2,
      left: 3,
    })
  })
})

describe('when', () => {
  test('at the interval asked for, within reason', async () => {
    const { announcer, said } = world([[A]], () => success({ interval: 0 }))
    announcer.start()
    await pass(9.9 * SECOND)
    expect(said()).toEqual(['started@a'])
    await pass(0.2 * SECOND)
    expect(said()).toEqual(['-@a'])
    const silly = world([[A]], () => success({ interval: Number.MAX_SAFE_INTEGER, minInterval: 1e15 }))
    silly.announcer.start()
    await pass(23 * 60 * MINUTE)
    expect(silly.said()).toEqual(['started@a'])
    await pass(2 * 60 * MINUTE)
    expect(silly.said()).toEqual(['-@a'])
  })

  test('who needs peers asks sooner, and never within the minimum', async () => {
    const { announcer, said } = world([[A]], () => success({ minInterval: 300 }))
    announcer.start()
    await pass(0)
    for (let second = 0; second < 299; second++) {
      announcer.findPeers()
      await pass(SECOND)
    }
    expect(said()).toEqual(['started@a'])
    await pass(SECOND)
    expect(said()).toEqual(['-@a'])
    await pass(400 * SECOND)
    expect(said()).toEqual([])
    announcer.findPeers()
    await pass(0)
    expect(said()).toEqual(['-@a'])
  })

  test('a tier that fails is tried again with growing pauses, whoever needs peers', async () => {
    const times: number[] = []
    const { announcer } = world([[A]], () => {
      times.push(performance.now())
      return failing()
    })
    announcer.start()
    for (let second = 0; second < 4 * 3600; second++) {
      announcer.findPeers()
      await pass(SECOND)
    }
    const pauses = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) / SECOND))
    expect(pauses.slice(0, 11)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800])
  })

  test('a tracker that says when to come again is believed (BEP 31)', async () => {
    const refuse = (retryIn: number) => ({ kind: 'failure', reason: 'full', retryIn }) as const
    const later = world([[A]], () => refuse(30))
    later.announcer.start()
    await pass(29 * MINUTE)
    expect(later.said()).toEqual(['started@a'])
    await pass(2 * MINUTE)
    expect(later.said()).toEqual(['started@a'])
    const never = world([[A, B]], ({ url }) => (url === A ? refuse(Infinity) : failing()))
    never.announcer.start()
    await pass(24 * 60 * MINUTE)
    expect(never.said().filter((line) => line === 'started@a')).toHaveLength(1)
    const alone = world([[A]], () => refuse(Infinity))
    alone.announcer.start()
    await pass(0)
    alone.announcer.findPeers()
    await pass(48 * 60 * MINUTE)
    expect(alone.said()).toEqual(['started@a'])
  })
})

describe('what', () => {
  test('peers are handed on, and a tracker id comes back', async () => {
    const peer = { host: '1.2.3.4', port: 5, peerId: undefined }
    const ids = [Uint8Array.of(7), undefined]
    const { announcer, calls, found } = world([[A]], () => success({ peers: [peer], trackerId: ids.shift() }))
    announcer.start()
    await pass(3600 * SECOND)
    expect(found).toEqual([peer, peer, peer])
    expect(calls.map(({ trackerId }) => trackerId?.[0])).toEqual([undefined, 7, 7])
  })

  test('completion is told once, at once, also where it comes while an announce is under way', async () => {
    const { announcer, said } = world([[A]], async () => {
      await new Promise((resolve) => setTimeout(resolve, SECOND))
      return success()
    })
    announcer.start()
    announcer.complete()
    await pass(2 * SECOND)
    expect(said()).toEqual(['started@a', 'completed@a'])
    await pass(1810 * SECOND)
    expect(said()).toEqual(['-@a'])
    announcer.complete()
    await pass(0)
    expect(said()).toEqual(['completed@a'])
  })

  test('a download that leaves when it is complete still says that it was', async () => {
    const { announcer, said } = world([[A]], async () => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      return success()
    })
    announcer.start()
    await pass(SECOND)
    announcer.complete()
    const stopped = announcer.stop()
    await pass(SECOND)
    await stopped
    expect(said()).toEqual(['started@a', 'completed@a', 'stopped@a'])
  })
})

describe('stop', () => {
  test('tells those that know of it, and nobody else', async () => {
    const { announcer, said } = world([[A], [B]], ({ url }) => (url === A ? failing() : success()))
    announcer.start()
    await pass(0)
    said()
    await Promise.all([announcer.stop(), announcer.stop()])
    expect(said()).toEqual(['stopped@b'])
    await pass(24 * 60 * MINUTE)
    announcer.findPeers()
    announcer.complete()
    announcer.start()
    await pass(MINUTE)
    expect(said()).toEqual([])
  })

  test('takes two seconds at most and never rejects, whatever a tracker does', async () => {
    let isHanging = false
    const { announcer, calls } = world([[A], [B]], ({ url }) => {
      if (isHanging && url === B) return failing()
      return isHanging ? new Promise(() => undefined) : success()
    })
    announcer.start()
    await pass(0)
    isHanging = true
    // Signals with a time are not of the fake clock.
    vi.useRealTimers()
    const begun = performance.now()
    await announcer.stop()
    expect(performance.now() - begun).toBeLessThan(2500)
    expect(calls.at(-1)?.signal.aborted || calls.at(-2)?.signal.aborted).toBe(true)
  })

  test('one that is just being told for the first time is broken off, and told', async () => {
    const { announcer, calls, said } = world([[A]], ({ request }) =>
      request.event === 'stopped' ? success() : new Promise(() => undefined),
    )
    announcer.start()
    await announcer.stop()
    expect(said()).toEqual(['started@a', 'stopped@a'])
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })
})

test.each(['httpUrl', 'udpUrl'] as const)('two peers find each other at a real tracker: %s', async (url) => {
  vi.useRealTimers()
  const tracker = await SmallTracker.start()
  const client = new TrackerClient()
  const options = { announce: client.announce, random: Math.random }
  const first = world([[tracker[url]]], failing, { ...options, port: 1001 })
  first.announcer.start()
  await tracker.wasTold(({ request }) => request.event === 'started')
  const found = await new Promise<readonly Endpoint[]>((onPeers) => {
    const second = world([[tracker[url]]], failing, { ...options, port: 1002, onPeers })
    second.announcer.start()
  })
  expect(found.map(({ port }) => port)).toEqual([1001, 1002])
  await first.announcer.stop()
  expect(tracker.told.map(({ request }) => `${request.event} ${request.port}`)).toEqual([
    'started 1001',
    'started 1002',
    'stopped 1001',
  ])
  client.close()
  tracker.close()
})
