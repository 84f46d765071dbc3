import type { SwarmEffect } from '../../src/engine/swarm/effect.js'
import { Swarm } from '../../src/engine/swarm/swarm.js'
import { TokenBucket } from '../../src/engine/rate/tokenBucket.js'
import { WRONG } from '../../src/engine/verifier/verifier.js'
import { Bitfield } from '../../src/protocol/bitfield.js'
import type { Endpoint } from '../../src/protocol/ids.js'
import type { End } from './link.js'
import { Serving } from './serving.js'
import { Downlink, Uplink } from './uplink.js'
import type { World } from './world.js'

/** Requests that a peer takes at once, as the wire's uploader does. */
const REQUESTS = 256

export interface Traits {
  /** Bytes a second. */
  readonly uplink: number
  readonly downlink: number
  /** Milliseconds from the peer to the middle of the network. */
  readonly latency: number
  readonly has: 'nothing' | 'everything'
  readonly behaviour?: 'honest' | 'freeRider' | 'liar'
}

/** A peer of the virtual network: the engine's own decisions, and what carries them out there. */
export class SimPeer {
  readonly key: string
  readonly latency: number
  readonly uplink: Uplink
  readonly downlink: Downlink
  readonly chunks: Bitfield
  readonly pieces: Bitfield
  readonly swarm: Swarm | undefined
  readonly ends = new Map<string, End>()
  /** How often each chunk is asked for and has neither come nor been refused. */
  readonly underWay: Uint8Array
  underWayCount = 0
  isOnline = true
  /** When it had everything. */
  doneAt: number | undefined
  received = 0
  readonly serving: Serving
  readonly #world: World

  constructor(
    world: World,
    readonly endpoint: Endpoint,
    readonly traits: Traits,
  ) {
    const { layout } = world
    this.#world = world
    this.key = `${endpoint.host}:${endpoint.port}`
    this.latency = traits.latency
    this.uplink = new Uplink(world.clock, traits.uplink)
    this.downlink = new Downlink(traits.downlink)
    const isSeeder = traits.has === 'everything'
    this.chunks = isSeeder ? Bitfield.full(layout.chunkCount) : Bitfield.empty(layout.chunkCount)
    this.pieces = isSeeder ? Bitfield.full(layout.pieceCount) : Bitfield.empty(layout.pieceCount)
    this.underWay = new Uint8Array(layout.chunkCount)
    this.serving = new Serving(this, world)
    this.swarm = isSeeder
      ? undefined
      : new Swarm({
          layout,
          have: this.chunks,
          wanted: Bitfield.full(layout.chunkCount),
          random: world.random,
          budget: new TokenBucket(undefined),
        })
  }

  get isSeeding(): boolean {
    return this.pieces.isFull
  }

  start(): void {
    this.#world.announce(this)
    this.#tick()
  }

  /** Leaves without a word to the tracker. */
  stop(): void {
    this.isOnline = false
    for (const end of [...this.ends.values()]) end.link.close(this)
  }

  learn(endpoints: readonly Endpoint[]): void {
    if (this.swarm !== undefined && !this.isSeeding)
      this.#apply(this.swarm.addPeers(endpoints, this.#world.clock.now))
  }

  /** A connection was made, by this peer or by the other. */
  attach(end: End): void {
    const { now } = this.#world.clock
    this.ends.set(end.key, end)
    end.isTaking = this.swarm?.sources.has(end.key) ?? false
    if (!end.isTaking && this.swarm?.peerJoined(end.key, now) === true)
      end.isTaking = this.swarm.peerListens(end.key, end.other.peer.endpoint, now)
    this.serving.greet(end)
  }

  unreachable(key: string): void {
    if (this.swarm !== undefined) this.#apply(this.swarm.peerLost(key, 'unreachable', this.#world.clock.now))
  }

  /** The connection is gone, as far as this peer's hands go; `lost` tells its mind. */
  forget(end: End): void {
    if (this.ends.get(end.key) === end) this.ends.delete(end.key)
    this.serving.leave(end)
  }

  /** The engine knows that the connection is gone. */
  settle(end: End): void {
    for (const chunk of end.asked) this.#landed(chunk)
    end.asked.clear()
  }

  lost(end: End): void {
    this.settle(end)
    if (this.swarm !== undefined && this.isOnline && end.isTaking)
      this.#apply(this.swarm.peerLost(end.key, 'closed', this.#world.clock.now))
  }

  /** The other said what it has. */
  hearState(end: End, pieces: Bitfield): void {
    for (const piece of pieces) end.heard.add(piece)
    this.serving.heard(end, pieces)
    if (!end.isTaking || this.swarm === undefined) return
    const has = this.#chunksOf(pieces)
    const state = { isChoking: true, has, limit: REQUESTS, tellsNews: true }
    this.#apply(this.swarm.peerState(end.key, state, this.#world.clock.now))
  }

  hearHave(end: End, piece: number): void {
    end.heard.add(piece)
    this.serving.heard(end, [piece])
    if (end.isTaking && this.swarm !== undefined && !this.isSeeding)
      this.#apply(this.swarm.peerHas(end.key, piece, this.#world.clock.now))
  }

  hearChoke(end: End, isChoking: boolean): void {
    if (end.isTaking && this.swarm !== undefined)
      this.#apply(this.swarm.peerChokes(end.key, isChoking, this.#world.clock.now))
  }

  hearRefusal(end: End, chunks: readonly number[], why: 'choked' | 'cancelled'): void {
    for (const chunk of chunks) {
      if (end.asked.delete(chunk)) this.#landed(chunk)
      if (this.swarm !== undefined)
        this.#apply(this.swarm.chunkRefused(end.key, chunk, why, this.#world.clock.now))
    }
  }

  receive(end: End, chunk: number): void {
    const { swarm } = this
    const { now } = this.#world.clock
    if (end.asked.delete(chunk)) this.#landed(chunk)
    if (swarm === undefined || !end.isTaking) return
    const isLie = end.other.peer.traits.behaviour === 'liar'
    const isNeeded = swarm.needs(chunk)
    this.#world.monitor.arrived(isNeeded, isLie)
    this.serving.took(end)
    if (!isNeeded) return this.#apply(swarm.chunkSuperfluous(end.key, chunk, now))
    if (!isLie) this.received++
    const verdict = isLie ? WRONG : VERIFIED(chunk)
    this.#apply(swarm.chunkArrived(end.key, chunk, verdict, now))
  }

  #tick(): void {
    if (!this.isOnline) return
    const { clock, options } = this.#world
    if (this.swarm !== undefined && !this.isSeeding) this.#apply(this.swarm.tick(clock.now))
    this.serving.tick()
    clock.after(options.tick, () => this.#tick())
  }

  #apply(effects: readonly SwarmEffect[]): void {
    for (const effect of effects) this.#execute(effect)
  }

  #execute(effect: SwarmEffect): void {
    switch (effect.kind) {
      case 'connect':
        return this.#world.connect(this, effect.endpoint)
      case 'disconnect':
        return this.ends.get(effect.peer)?.link.close(this)
      case 'interest':
        return this.ends.get(effect.peer)?.tell((other) => other.peer.serving.interest(other, true))
      case 'disinterest':
        return this.ends.get(effect.peer)?.tell((other) => other.peer.serving.interest(other, false))
      case 'request':
        return this.#request(effect.peer, effect.chunks)
      case 'cancel':
        return this.ends.get(effect.peer)?.tell((other) => other.peer.serving.cancel(other, effect.chunk))
      case 'findPeers':
        return this.#world.announce(this)
      case 'piece':
        this.pieces.add(effect.piece)
        return this.serving.announce(effect.piece)
      case 'complete':
        return this.#complete()
      case 'retry':
        return
    }
  }

  #request(key: string, chunks: readonly number[]): void {
    const end = this.ends.get(key)
    this.#world.monitor.asks(this, end, chunks)
    if (end === undefined) return
    for (const chunk of chunks) {
      end.asked.add(chunk)
      if (this.underWay[chunk] === 0) this.underWayCount++
      this.underWay[chunk] = (this.underWay[chunk] ?? 0) + 1
    }
    end.tell((other) => other.peer.serving.request(other, chunks))
  }

  #landed(chunk: number): void {
    const left = (this.underWay[chunk] ?? 0) - 1
    this.underWay[chunk] = left
    if (left === 0) this.underWayCount--
  }

  #complete(): void {
    this.doneAt = this.#world.clock.now
    this.serving.completed()
    this.#world.completed()
    for (const end of [...this.ends.values()]) if (end.other.peer.isSeeding) end.link.close(this)
  }

  #chunksOf(pieces: Bitfield): Bitfield {
    const { layout } = this.#world
    if (pieces.isFull) return Bitfield.full(layout.chunkCount)
    const chunks = Bitfield.empty(layout.chunkCount)
    for (const piece of pieces) {
      const { first, count } = layout.chunksOf(piece)
      for (let chunk = first; chunk < first + count; chunk++) chunks.add(chunk)
    }
    return chunks
  }
}

const LEAF = new Uint8Array()
const VERIFIED = (chunk: number) =>
  ({ outcome: 'verified', verified: [{ first: chunk, count: 1, leaves: LEAF }], suspects: [] }) as const
