import { Choker, type ChokeChange } from '../../src/engine/choker/choker.js'
import { InitialSeeding, type Taker } from '../../src/engine/seeding/initialSeeding.js'
import { Bitfield } from '../../src/protocol/bitfield.js'
import { CHUNK_SIZE } from '../../src/protocol/limits.js'
import type { End } from './link.js'
import type { SimPeer } from './peer.js'
import type { World } from './world.js'

/** How often slots are looked at. Milliseconds. */
const REVIEW_TIME = 1_000

/** What one peer was told of: the advertiser of the wire. */
class SimTaker implements Taker {
  readonly key: string
  readonly #end: End
  readonly #told: Bitfield

  constructor(end: End) {
    this.#end = end
    this.key = end.key
    this.#told = Bitfield.empty(end.heard.size)
  }

  get isServed(): boolean {
    return this.#end.isServed
  }

  tell(pieces: Iterable<number>): void {
    for (const piece of pieces)
      if (!this.#end.heard.has(piece) && this.#told.add(piece))
        this.#end.tell((other) => other.peer.hearHave(other, piece))
  }
}

/** The giving side of a peer: what the uploader of the wire does with the engine's decisions. */
export class Serving {
  readonly #peer: SimPeer
  readonly #world: World
  readonly #choker: Choker
  /** While this is the only seeder: who was told of which pieces. */
  #initialSeeding: InitialSeeding | undefined
  readonly #takers = new Map<End, SimTaker>()
  #news: number[] = []
  #reviewAt = 0

  constructor(peer: SimPeer, world: World) {
    this.#peer = peer
    this.#world = world
    this.#choker = new Choker({ random: world.random })
    if (peer.isSeeding && peer.traits.behaviour !== 'liar')
      this.#initialSeeding = new InitialSeeding({
        layout: world.layout,
        random: world.random,
        onPassedOn: (giver) => this.#credit(giver),
        onOver: () => this.#endInitialSeeding(),
      })
  }

  greet(end: End): void {
    const seeding = this.#initialSeeding
    const pieces = seeding === undefined ? this.#peer.pieces.copy() : Bitfield.empty(this.#peer.pieces.size)
    end.tell((other) => other.peer.hearState(other, pieces))
    if (seeding === undefined) return
    const taker = new SimTaker(end)
    this.#takers.set(end, taker)
    seeding.join(taker, this.#now)
    this.#apply(this.#choker.interested(end.key, true, this.#now))
  }

  heard(end: End, pieces: Iterable<number>): void {
    const taker = this.#takers.get(end)
    if (taker !== undefined) this.#initialSeeding?.heard(taker, pieces)
  }

  took(end: End): void {
    const candidate = this.#choker.candidate(end.key)
    if (candidate !== undefined) candidate.received += CHUNK_SIZE
  }

  completed(): void {
    this.#tellNews()
  }

  announce(piece: number): void {
    this.#news.push(piece)
    if (this.#world.options.newsDelay === 0) this.#tellNews()
  }

  interest(end: End, isInterested: boolean): void {
    if (this.#peer.traits.behaviour === 'freeRider') return
    const wants = isInterested || this.#takers.has(end)
    this.#apply(this.#choker.interested(end.key, wants, this.#now))
  }

  request(end: End, chunks: readonly number[]): void {
    if (!end.isServed) return end.tell((other) => other.peer.hearRefusal(other, chunks, 'choked'))
    end.flow.waiting.push(...chunks)
    this.#use(end)
    this.#peer.uplink.wake(end.flow)
    const taker = this.#takers.get(end)
    if (taker === undefined) return
    for (const chunk of chunks)
      this.#initialSeeding?.asked(taker, this.#world.layout.pieceOf(chunk), this.#now)
  }

  sent(end: End, chunk: number): void {
    const taker = this.#takers.get(end)
    if (taker !== undefined) this.#initialSeeding?.sent(taker, this.#world.layout.pieceOf(chunk), this.#now)
    const candidate = this.#choker.candidate(end.key)
    if (candidate !== undefined) candidate.sent += CHUNK_SIZE
    this.#use(end)
  }

  #credit(giver: string): void {
    const candidate = this.#choker.candidate(giver)
    if (candidate !== undefined) candidate.passedOn++
  }

  #use(end: End): void {
    const candidate = this.#choker.candidate(end.key)
    if (candidate === undefined) return
    candidate.usedAt = this.#now
    candidate.pending = end.flow.waiting.length
  }

  cancel(end: End, chunk: number): void {
    const at = end.flow.waiting.indexOf(chunk)
    if (at < 0) return
    end.flow.waiting.splice(at, 1)
    this.#use(end)
    end.tell((other) => other.peer.hearRefusal(other, [chunk], 'cancelled'))
  }

  leave(end: End): void {
    const taker = this.#takers.get(end)
    if (taker !== undefined) this.#initialSeeding?.leave(taker)
    this.#takers.delete(end)
    end.isServed = false
    this.#apply(this.#choker.remove(end.key, this.#now))
  }

  tick(): void {
    if (this.#now < this.#reviewAt) return
    this.#reviewAt = this.#now + REVIEW_TIME
    this.#tellNews()
    for (const taker of this.#takers.values()) this.#initialSeeding?.offer(taker, this.#now)
    this.#apply(this.#choker.review(this.#now))
  }

  get #now(): number {
    return this.#world.clock.now
  }

  #apply(changes: readonly ChokeChange[]): void {
    for (const { peer, isServed } of changes) {
      const end = this.#peer.ends.get(peer)
      if (end !== undefined && isServed) this.#serve(end)
      else if (end !== undefined) this.#choke(end)
    }
  }

  #serve(end: End): void {
    end.isServed = true
    end.tell((other) => other.peer.hearChoke(other, false))
    const taker = this.#takers.get(end)
    if (taker !== undefined) this.#initialSeeding?.offer(taker, this.#now)
  }

  /** What it asked for already it still gets, as BEP 6 allows: a piece that is given in part helps nobody. */
  #choke(end: End): void {
    const taker = this.#takers.get(end)
    if (taker !== undefined) this.#initialSeeding?.pause(taker, this.#now)
    end.isServed = false
    end.tell((other) => other.peer.hearChoke(other, true))
  }

  #endInitialSeeding(): void {
    this.#initialSeeding = undefined
    this.#takers.clear()
  }

  /** One event for all who hear it: a message to each would be most of what a large run does. */
  #tellNews(): void {
    const news = this.#news
    if (news.length === 0) return
    this.#news = []
    const ends = [...this.#peer.ends.values()]
    this.#world.clock.after(2 * this.#peer.latency, () => {
      for (const { link, other, heard } of ends) {
        if (!link.isOpen || link.isCut || (other.peer.isSeeding && other.peer.swarm !== undefined)) continue
        for (const piece of news) if (!heard.has(piece)) other.peer.hearHave(other, piece)
      }
    })
  }
}
