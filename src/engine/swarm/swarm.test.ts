import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bitfield } from '../../protocol/bitfield.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { TokenBucket } from '../rate/tokenBucket.js'
import { WRONG, type Verdict } from '../verifier/verifier.js'
import type { SwarmEffect } from './effect.js'
import { Swarm } from './swarm.js'

const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

/** How a virtual peer behaves. `speed`: chunks a second. */
interface Behaviour {
  readonly speed: number
  readonly lies?: boolean
  /** Every so many chunks one is wrong. */
  readonly liesEvery?: number
  readonly stallsAfter?: number
  readonly closesEvery?: number
  readonly chokes?: boolean
  /** Says nothing of what it has, and every so many chunks that it has not the one asked for. */
  readonly missesEvery?: number
  readonly has?: readonly number[]
}

/** One swarm against virtual peers in virtual time. */
class World {
  readonly layout: Layout
  readonly have: Bitfield
  readonly wanted: Bitfield
  readonly cancelled: number[] = []
  readonly swarm: Swarm
  readonly asked = new Map<number, number>()
  readonly retries: string[] = []
  now = 1_000_000
  isComplete = false
  #queues = new Map<string, { due: number; chunk: number }[]>()
  #sent = new Map<string, number>()

  constructor(
    readonly peers: readonly Behaviour[],
    chunks: number,
    seed: number,
    budget = new TokenBucket(undefined),
  ) {
    const files = [{ path: ['a'], size: chunks * CHUNK_SIZE, rootHash: undefined }]
    this.layout = new Layout({ files, pieceLength: 4 * CHUNK_SIZE })
    this.have = Bitfield.empty(chunks)
    this.wanted = Bitfield.full(chunks)
    const { layout, have, wanted } = this
    this.swarm = new Swarm({ layout, have, wanted, random: seeded(seed), budget })
    this.#apply(
      this.swarm.addPeers(
        peers.map((_, index) => ({ host: '10.0.0.1', port: index + 1 })),
        this.now,
      ),
    )
  }

  /** Wants each piece so much from now on. */
  want(levelOf: (piece: number) => number): void {
    const levels = Uint8Array.from({ length: this.layout.pieceCount }, (_, piece) => levelOf(piece))
    this.#apply(this.swarm.setLevels(levels, this.now))
  }

  /** Runs until complete or until `seconds` have passed; returns the seconds taken. */
  run(seconds: number): number {
    const start = this.now
    while (!this.isComplete && this.now - start < seconds * 1000) {
      this.now += 20
      for (const [peer, queue] of this.#queues) this.#deliver(peer, queue)
      this.#apply(this.swarm.tick(this.now))
    }
    return (this.now - start) / 1000
  }

  #behaviour(peer: string): Behaviour {
    return this.peers[Number(peer.split(':')[1]) - 1] ?? { speed: 1 }
  }

  #deliver(peer: string, queue: { due: number; chunk: number }[]): void {
    while (queue[0] !== undefined && queue[0].due <= this.now) {
      const { chunk } = queue.shift() ?? { chunk: 0 }
      const { closesEvery = Infinity, missesEvery = Infinity } = this.#behaviour(peer)
      const sent = (this.#sent.get(peer) ?? 0) + 1
      this.#sent.set(peer, sent)
      if (sent % closesEvery === 0) {
        this.#queues.delete(peer)
        return this.#apply(this.swarm.peerLost(peer, 'closed', this.now))
      }
      if (sent % missesEvery === 0) {
        this.#apply(this.swarm.chunkRefused(peer, chunk, 'missing', this.now))
        continue
      }
      if (!this.swarm.needs(chunk)) this.#apply(this.swarm.chunkSuperfluous(peer, chunk, this.now))
      else this.#apply(this.swarm.chunkArrived(peer, chunk, this.#verdict(peer, chunk), this.now))
    }
  }

  #verdict(peer: string, chunk: number): Verdict {
    const { lies = false, liesEvery = Infinity } = this.#behaviour(peer)
    if (lies || (this.#sent.get(peer) ?? 0) % liesEvery === 0) return WRONG
    return {
      outcome: 'verified',
      verified: [{ first: chunk, count: 1, leaves: new Uint8Array() }],
      suspects: [],
    }
  }

  #apply(effects: readonly SwarmEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'interest') this.#answer(effect.peer)
      else if (effect.kind === 'request') this.#queue(effect.peer, effect.chunks)
      else if (effect.kind === 'disconnect') this.#queues.delete(effect.peer)
      else if (effect.kind === 'complete') this.isComplete = true
      else if (effect.kind === 'cancel') this.cancelled.push(effect.chunk)
      else if (effect.kind === 'retry') this.retries.push(`${effect.peer} ${effect.why}`)
    }
  }

  #answer(peer: string): void {
    const { has, chokes = false, missesEvery } = this.#behaviour(peer)
    if (missesEvery !== undefined) {
      return this.#apply(
        this.swarm.peerState(peer, { isChoking: chokes, has: undefined, limit: 1 }, this.now),
      )
    }
    const bits =
      has === undefined ? Bitfield.full(this.layout.chunkCount) : Bitfield.empty(this.layout.chunkCount)
    for (const chunk of has ?? []) bits.add(chunk)
    this.#apply(this.swarm.peerState(peer, { isChoking: chokes, has: bits, limit: 64 }, this.now))
  }

  #queue(peer: string, chunks: readonly number[]): void {
    const { speed, stallsAfter = Infinity } = this.#behaviour(peer)
    const queue = this.#queues.get(peer) ?? []
    this.#queues.set(peer, queue)
    for (const chunk of chunks) {
      if (this.have.has(chunk) || !this.wanted.has(chunk))
        throw new Error(`asked for chunk ${chunk}, which is had or not wanted`)
      this.asked.set(chunk, (this.asked.get(chunk) ?? 0) + 1)
      const last = Math.max(queue.at(-1)?.due ?? 0, this.now)
      const isStalled = (this.#sent.get(peer) ?? 0) + queue.length >= stallsAfter
      queue.push({ chunk, due: isStalled ? Infinity : last + 1000 / speed })
    }
  }
}

test('C3 a download is split across all seeders, each giving what it can, and nothing is asked twice', () => {
  const world = new World([{ speed: 100 }, { speed: 50 }, { speed: 50 }], 800, 1)
  const seconds = world.run(60)
  expect(world.isComplete).toBe(true)
  expect(seconds).toBeLessThan(800 / 200 + 1)
  expect([...world.asked.values()].filter((times) => times > 1).length).toBeLessThan(8)
})

test('C5 a stalled seeder costs the time of the endgame, not its own', () => {
  const world = new World([{ speed: 100 }, { speed: 100, stallsAfter: 30 }], 400, 2)
  expect(world.run(60)).toBeLessThan(6)
  expect(world.isComplete).toBe(true)
})

test('C5 the only seeder stalls: it is asked anew and the download goes on', () => {
  const world = new World([{ speed: 100, stallsAfter: 30 }], 40, 2)
  world.run(30)
  expect(world.retries).toContain('10.0.0.1:1 stalled')
})

test('C5 a liar is left and its chunks come from others', () => {
  const world = new World([{ speed: 1000, lies: true }, { speed: 100 }], 200, 3)
  expect(world.run(30)).toBeLessThan(5)
  expect(world.retries).toContain('10.0.0.1:1 lied')
  expect(world.retries.filter((line) => line.endsWith('wrong chunk')).length).toBeLessThan(30)
})

test('D3 the only seeder lies once in a while: the chunk is asked of it again', () => {
  const world = new World([{ speed: 100, liesEvery: 10 }], 200, 4)
  expect(world.run(60)).toBeLessThan(10)
  expect(world.isComplete).toBe(true)
  expect(world.retries).toContain('10.0.0.1:1 wrong chunk')
})

test('C5 the only seeder, which says not what it has, misses a chunk now and then: it is asked for it again', () => {
  const world = new World([{ speed: 100, missesEvery: 7 }], 100, 4)
  expect(world.run(60)).toBeLessThan(20)
  expect(world.isComplete).toBe(true)
})

test('C5 peers that only choke cannot keep out the one that serves', () => {
  const choking = Array.from({ length: 40 }, () => ({ speed: 1, chokes: true }))
  for (const seed of [1, 2, 3]) {
    const world = new World([...choking, { speed: 100 }], 100, seed)
    world.run(300)
    expect(world.isComplete).toBe(true)
  }
})

test('the download limit holds', () => {
  const world = new World([{ speed: 10_000 }], 100, 5, new TokenBucket(20 * CHUNK_SIZE))
  const seconds = world.run(30)
  expect(seconds).toBeGreaterThan(4)
  expect(seconds).toBeLessThan(6)
})

test('C5 a chunk whose second request was lost too is asked for a third time', () => {
  const others = [
    { speed: 50, stallsAfter: 1, has: [0, 1, 2, 3, 4] },
    { speed: 5, has: [5] },
    { speed: 200, closesEvery: 5 },
  ]
  const world = new World([...others, { speed: 50 }], 60, 2147481464)
  expect(world.run(60)).toBeLessThan(10)
  expect(world.isComplete).toBe(true)
})

test('C5 peers that say what they have, and never deliver it, cannot keep a chunk from the one that would', () => {
  const silent = [
    { speed: 5, stallsAfter: 0, has: [0] },
    { speed: 5, stallsAfter: 1, has: [0, 12] },
  ]
  const world = new World([...silent, { speed: 50 }], 60, 0)
  expect(world.run(60)).toBeLessThan(30)
})

test('C5 A7 whatever the peers do, the download completes as long as one is honest', () => {
  const behaviour = fc.record(
    {
      speed: fc.integer({ min: 5, max: 300 }),
      lies: fc.boolean(),
      stallsAfter: fc.integer({ min: 0, max: 50 }),
      closesEvery: fc.integer({ min: 1, max: 30 }),
      chokes: fc.boolean(),
      has: fc.array(fc.nat(59)),
    },
    { requiredKeys: ['speed'] },
  )
  fc.assert(
    fc.property(fc.array(behaviour, { maxLength: 6 }), fc.nat(), (others, seed) => {
      const world = new World([...others, { speed: 50 }], 60, seed)
      world.run(60)
      expect(world.isComplete).toBe(true)
      expect(world.have.isFull).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('BEP 19: a source without an address is taken from, is told to nobody, and pauses longer with each failure', () => {
  const world = new World([], 40, 1)
  const { swarm } = world
  const seed = 'https://example.org'
  const state = { isChoking: false, has: undefined, limit: 8, tellsNews: true }
  expect(swarm.sourceJoined(seed, world.now)).toBe(true)
  expect(swarm.sourceJoined(seed, world.now)).toBe(false)
  const effects = swarm.peerState(seed, state, world.now)
  expect(effects).toContainEqual(expect.objectContaining({ kind: 'request', peer: seed }))
  expect(swarm.endpoints).toEqual([])
  const lose = (reason: 'closed' | 'refused') =>
    swarm.peerLost(seed, reason, world.now).flatMap((effect) => (effect.kind === 'retry' ? effect.pause : []))
  const pauses = Array.from({ length: 8 }, () => {
    const [pause] = lose('closed')
    expect(swarm.tick((world.now += pause ?? 0)).some(({ kind }) => kind === 'connect')).toBe(false)
    expect(swarm.sourceJoined(seed, world.now)).toBe(true)
    return pause
  })
  expect(pauses.slice(0, 3)).toEqual([1_000, 2_000, 4_000])
  expect(pauses.at(-1)).toBe(60_000)
  expect(lose('refused')).toEqual([256_000])
})

test('BEP 19: a full book forgets addresses that failed, never a source that has none', () => {
  const world = new World([], 40, 1)
  expect(world.swarm.sourceJoined('https://example.org', world.now)).toBe(true)
  world.swarm.peerLost('https://example.org', 'closed', world.now)
  const many = Array.from({ length: 2_000 }, (_, port) => ({ host: '10.0.0.2', port: port + 1 }))
  world.swarm.addPeers(many, world.now)
  const isNew = world.swarm.sourceJoined('https://example.org', world.now)
  const [effect] = world.swarm.peerLost('https://example.org', 'closed', world.now)
  expect([isNew, effect]).toMatchObject([true, { kind: 'retry', pause: 2_000 }])
})

test('what is skipped while it is under way is cancelled, and what is left completes without it', () => {
  const world = new World([{ speed: 50 }], 80, 6)
  world.run(0.5)
  world.want((piece) => (piece < 10 ? 0 : 2))
  expect(world.cancelled.length).toBeGreaterThan(0)
  expect(world.swarm.missingBytes).toBe((40 - world.have.countIn(40, 40)) * CHUNK_SIZE)
  world.run(10)
  expect(world.isComplete).toBe(true)
  expect(world.have.countIn(40, 40)).toBe(40)
  expect(world.have.countIn(0, 40)).toBeLessThan(30)
})

test('what is wanted most comes first, also when that changes on the way', () => {
  const world = new World([{ speed: 50 }, { speed: 50 }], 160, 7)
  world.want((piece) => (piece >= 30 ? 3 : piece < 10 ? 1 : 2))
  world.run(0.6)
  expect(world.have.countIn(120, 40)).toBeGreaterThan(35)
  expect(world.have.countIn(0, 40)).toBeLessThan(9)
  world.want((piece) => (piece < 10 ? 3 : 2))
  world.run(1)
  expect(world.have.countIn(0, 40)).toBeGreaterThan(35)
  world.run(10)
  expect(world.have.isFull).toBe(true)
})

test('in sequence pieces come one after another, from wherever the playhead is', () => {
  const world = new World([{ speed: 100 }], 400, 8)
  world.swarm.setPlayhead({ file: 0, offset: 0 })
  world.run(1)
  const firstMissing = (from: number): number => {
    let chunk = from
    while (world.have.has(chunk)) chunk++
    return chunk
  }
  expect(firstMissing(0)).toBeGreaterThan(70)
  expect(world.have.countIn(396, 4)).toBe(4)
  expect(world.have.count - firstMissing(0)).toBeLessThan(12)
  world.swarm.setPlayhead({ file: 0, offset: 200 * CHUNK_SIZE })
  world.run(1)
  expect(firstMissing(200)).toBeGreaterThan(240)
  world.swarm.setPlayhead(undefined)
  world.run(10)
  expect(world.have.isFull).toBe(true)
})

test('C5 whatever is wanted when, everything that is wanted in the end is there', () => {
  const change = fc.record({
    after: fc.nat(600),
    levels: fc.array(fc.nat(3), { minLength: 15, maxLength: 15 }),
  })
  const behaviour = fc.record(
    {
      speed: fc.integer({ min: 5, max: 300 }),
      closesEvery: fc.integer({ min: 2, max: 30 }),
      lies: fc.boolean(),
    },
    { requiredKeys: ['speed'] },
  )
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 8 }),
      fc.array(behaviour, { maxLength: 3 }),
      fc.nat(),
      (changes, others, seed) => {
        const world = new World([...others, { speed: 50 }], 60, seed)
        for (const { after, levels } of changes) {
          world.run(after / 1000)
          world.want((piece) => levels[piece] ?? 0)
        }
        if (!world.isComplete) world.want((piece) => (piece === 0 ? 3 : 2))
        world.run(60)
        expect(world.isComplete).toBe(true)
        expect([...world.wanted].every((chunk) => world.have.has(chunk))).toBe(true)
      },
    ),
    { numRuns: 100 },
  )
})
