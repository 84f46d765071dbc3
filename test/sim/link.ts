import { Bitfield } from '../../src/protocol/bitfield.js'
import type { Clock } from './clock.js'
import type { SimPeer } from './peer.js'
import { Flow } from './uplink.js'

/** One peer's end of a connection. */
export class End {
  readonly peer: SimPeer
  readonly link: Link
  /** What the peer calls the other. */
  readonly key: string
  /** Blocks that the peer gives. */
  readonly flow: Flow
  /** Whether the other wants blocks, and is given them. */
  isInterested = false
  isServed = false
  /** Whether the peer may take from the other. */
  isTaking = false
  /** Asked of the other, and neither come nor refused. */
  readonly asked = new Set<number>()
  /** Pieces that the other said it has. */
  readonly heard: Bitfield
  readonly #otherIndex: 0 | 1

  constructor(link: Link, peer: SimPeer, other: SimPeer, key: string, otherIndex: 0 | 1) {
    this.link = link
    this.peer = peer
    this.key = key
    this.#otherIndex = otherIndex
    this.heard = Bitfield.empty(peer.pieces.size)
    this.flow = new Flow(
      link.latency,
      other.downlink,
      (chunk) => this.other.receive(chunk),
      (chunk) => peer.serving.sent(this, chunk),
    )
  }

  get other(): End {
    return this.link.ends[this.#otherIndex]
  }

  /** A block arrived here. */
  receive(chunk: number): void {
    if (this.link.isOpen && !this.link.isCut) this.peer.receive(this, chunk)
  }

  /** Has the other peer do something, a latency later, if the connection still stands then. */
  tell(action: (end: End) => void): void {
    const { link } = this
    link.clock.after(link.latency, () => {
      if (link.isOpen && !link.isCut) action(this.other)
    })
  }
}

/** A connection between two peers, which both use to give and to take. */
export class Link {
  readonly clock: Clock
  /** Milliseconds one way. */
  readonly latency: number
  readonly ends: readonly [End, End]
  isOpen = true
  /** Nothing arrives any more, and nobody is told. */
  isCut = false

  constructor(clock: Clock, dialer: SimPeer, answerer: SimPeer) {
    this.clock = clock
    this.latency = dialer.latency + answerer.latency
    this.ends = [
      new End(this, dialer, answerer, answerer.key, 1),
      new End(this, answerer, dialer, `from ${dialer.key}`, 0),
    ]
  }

  /** Ends the connection; the ends other than `closer` are told. */
  close(closer?: SimPeer): void {
    if (!this.isOpen) return
    this.isOpen = false
    for (const end of this.ends) {
      end.flow.waiting = []
      end.peer.forget(end)
      if (end.peer === closer) end.peer.settle(end)
      else this.clock.after(this.latency, () => end.peer.lost(end))
    }
  }
}
