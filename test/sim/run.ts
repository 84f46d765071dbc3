import { CHUNK_SIZE } from '../../src/protocol/limits.js'
import type { SimPeer, Traits } from './peer.js'
import { SCENARIOS } from './scenario.js'
import { World } from './world.js'

export interface RunOptions {
  readonly scenario: string
  readonly seed: number
  /** Leechers, who arrive at once. */
  readonly peers: number
  readonly pieces: number
  readonly chunksPerPiece: number
  /** Bytes a second of every peer. */
  readonly uplink: number
  readonly downlink: number
  /** Milliseconds from a peer to the middle of the network. */
  readonly latency: number
  /** Milliseconds until the next tidings of new pieces; 0: each is told at once. */
  readonly newsDelay: number
}

export interface Report {
  readonly isComplete: boolean
  /** Seconds until the first, the middle and the last leecher were done, and the least that it can take. */
  readonly first: number
  readonly middle: number
  readonly last: number
  readonly bound: number
  /** `last` over `bound`. */
  readonly ratio: number
  /** Share of blocks that came in vain. */
  readonly duplicates: number
  /** How often the content left the first seeder. */
  readonly seederCopies: number
  /** Jain's index of what honest leechers gave: 1 where all gave the same. */
  readonly fairness: number
  /** Middle time of free riders over that of the others; NaN where there are none. */
  readonly riderDelay: number
}

/** Milliseconds between two ticks of each peer: in large worlds fewer, or ticks would be most of the work. */
const tickOf = (peers: number): number => (peers > 100 ? 250 : 100)
/** Leechers arrive within this, one tenth of a second after the seeder. Milliseconds. */
const ARRIVAL = 100
/** A run is given up after so many times the bound. */
const PATIENCE = 20

/** Plays one run. @throws Error where the engine breaks an invariant; it names the seed. */
export const run = (options: RunOptions): Report => {
  const world = new World({ ...options, tick: tickOf(options.peers) })
  const { uplink, downlink, latency } = options
  const traits: Traits = { uplink, downlink, latency, has: 'nothing' }
  world.add({ ...traits, has: 'everything' }, 0)
  for (let index = 0; index < options.peers; index++)
    world.add(leecherOf(options, traits, index), arrival(world))
  const bound = boundOf(options, world.peers)
  SCENARIOS[options.scenario]?.(world, traits, bound)
  try {
    world.run(PATIENCE * bound)
  } catch (error) {
    throw new Error(`seed ${options.seed} of ${options.scenario} with ${options.peers} peers`, {
      cause: error,
    })
  }
  return reportOf(world, bound)
}

const arrival = (world: World): number => ARRIVAL + world.random() * ARRIVAL

const isRider = (peer: SimPeer): boolean => peer.traits.behaviour === 'freeRider'

/** Every fourth is a free rider in the scenario of that name. */
const leecherOf = ({ scenario }: RunOptions, traits: Traits, index: number): Traits =>
  scenario === 'free-riders' && index % 4 === 0 ? { ...traits, behaviour: 'freeRider' } : traits

/** max(F/us, F/dmin, N*F/(us + sum ui)), in seconds. */
const boundOf = (
  { pieces, chunksPerPiece, uplink, downlink, peers }: RunOptions,
  all: readonly SimPeer[],
): number => {
  const size = pieces * chunksPerPiece * CHUNK_SIZE
  const giving = all.filter((peer) => !isRider(peer)).reduce((sum, peer) => sum + peer.traits.uplink, 0)
  return Math.max(size / uplink, size / downlink, (peers * size) / giving)
}

const reportOf = (world: World, bound: number): Report => {
  const leechers = world.peers.filter(({ swarm, isOnline }) => swarm !== undefined && isOnline)
  const times = leechers.map((peer) => secondsOf(world, peer)).sort((a, b) => a - b)
  const honest = leechers.filter((peer) => !isRider(peer))
  const { useful, duplicate } = world.monitor
  const last = times.at(-1) ?? NaN
  return {
    isComplete: world.remaining === 0,
    first: times[0] ?? NaN,
    middle: middleOf(times),
    last,
    bound,
    ratio: last / bound,
    duplicates: duplicate / (useful + duplicate),
    seederCopies: (world.peers[0]?.uplink.sent ?? NaN) / world.layout.chunkCount,
    fairness: jainIndex(honest.map((peer) => peer.uplink.sent)),
    riderDelay: middleTime(world, leechers.filter(isRider)) / middleTime(world, honest),
  }
}

const secondsOf = (world: World, peer: SimPeer): number =>
  ((peer.doneAt ?? Infinity) - world.startedAt - ARRIVAL) / 1000

const middleTime = (world: World, peers: readonly SimPeer[]): number =>
  middleOf(peers.map((peer) => secondsOf(world, peer)).sort((a, b) => a - b))

/** The middle of sorted numbers. */
export const middleOf = (numbers: readonly number[]): number => numbers[numbers.length >> 1] ?? NaN

const jainIndex = (amounts: readonly number[]): number => {
  const sum = amounts.reduce((total, amount) => total + amount, 0)
  const squares = amounts.reduce((total, amount) => total + amount * amount, 0)
  return (sum * sum) / (amounts.length * squares)
}
