import { Choker, type ChokeChange } from '../../src/engine/choker/choker.js'
import { SuperSeeding } from '../../src/engine/seeding/superSeeding.js'
import { Bitfield } from '../../src/protocol/bitfield.js'
import { CHUNK_SIZE } from '../../src/protocol/limits.js'
import type { End } from './link.js'
import type { SimPeer } from './peer.js'
import type { World } from './world.js'

/** How often slots are looked at. Milliseconds. */
const REVIEW_TIME = 1_000
/** The giving side of a peer: what the uploader of the wire does with the engine's decisions. */
export class Serving {
  readonly #peer: SimPeer
  readonly #world: World
  readonly #choker: Choker
  /** While this is the only seeder: who was told of which pieces. */
  #superSeeding: SuperSeeding | undefined
  readonly #told = new Map<End, Bitfield>()
  #news: number[] = []
  #reviewAt = 0

  constructor(peer: SimPeer, world: World) {
    this.#peer = peer
    this.#world = world
    this.#choker = new Choker({ random: world.random })
    if (peer.isSeeding && peer.traits.behaviour !== 'liar')
      this.#superSeeding = new SuperSeeding(world.layout, world.random)
  }

  greet(end: End): void {
    const isWithheld = this.#superSeeding !== undefined
    const pieces = isWithheld ? Bitfield.empty(this.#peer.pieces.size) : this.#peer.pieces.copy()
    if (isWithheld) this.#told.set(end, pieces.copy())
    end.tell((other) => other.peer.hearState(other, pieces))
    if (isWithheld) this.#apply(this.#choker.interested(end.key, true, this.#now))
  }

  heard(end: End, pieces: Bitfield): void {
    for (const piece of pieces) this.heardPiece(end, piece)
  }

  heardPiece(end: End, piece: number): void {
    const giver = this.#superSeeding?.peerHas(end.key, piece)
    if (giver !== undefined) this.#credit(giver)
    this.#endSuperSeeding()
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
    const wants = isInterested || this.#told.has(end)
    this.#apply(this.#choker.interested(end.key, wants, this.#now))
  }

  request(end: End, chunks: readonly number[]): void {
    if (!end.isServed) return end.tell((other) => other.peer.hearRefusal(other, chunks, 'choked'))
    end.flow.waiting.push(...chunks)
    this.#use(end)
    this.#peer.uplink.wake(end.flow)
    if (this.#superSeeding === undefined) return
    for (const chunk of chunks) this.#superSeeding.peerAsks(end.key, this.#world.layout.pieceOf(chunk))
    this.#offer(end)
  }

  sent(end: End, chunk: number): void {
    this.#superSeeding?.sent(end.key, this.#world.layout.pieceOf(chunk), this.#now)
    this.#endSuperSeeding()
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
    this.#superSeeding?.withdraw(end.key)
    this.#told.delete(end)
    end.isServed = false
    this.#apply(this.#choker.remove(end.key, this.#now))
  }

  tick(): void {
    if (this.#now < this.#reviewAt) return
    this.#reviewAt = this.#now + REVIEW_TIME
    this.#tellNews()
    this.#superSeeding?.review(this.#now)
    for (const end of this.#told.keys()) this.#offer(end)
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
    this.#offer(end)
  }

  /** What it asked for already it still gets, as BEP 6 allows: a piece that is given in part helps nobody. */
  #choke(end: End): void {
    this.#superSeeding?.pause(end.key, this.#now)
    end.isServed = false
    end.tell((other) => other.peer.hearChoke(other, true))
  }

  /** Tells the taker of further pieces; once each is somewhere, of all. */
  #offer(end: End): void {
    const superSeeding = this.#superSeeding
    const told = this.#told.get(end)
    if (superSeeding === undefined || told === undefined || !end.isServed) return
    for (const piece of superSeeding.offer(end.key, this.#now)) this.#tell(end, told, piece)
    if (!superSeeding.isIdle(end.key)) return
    for (let piece = 0; piece < told.size; piece++)
      if (superSeeding.isElsewhere(piece)) this.#tell(end, told, piece)
  }

  #tell(end: End, told: Bitfield, piece: number): void {
    if (told.add(piece) && !end.heard.has(piece)) end.tell((other) => other.peer.hearHave(other, piece))
  }

  #endSuperSeeding(): void {
    if (this.#superSeeding?.isOver !== true) return
    this.#superSeeding = undefined
    for (const [end, told] of this.#told)
      for (let piece = 0; piece < told.size; piece++) this.#tell(end, told, piece)
    this.#told.clear()
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
