import type { Departure, Refusal } from '../../engine/swarm/effect.js'
import { ChunkMap } from '../../protocol/chunkMap.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import { encodeMessage } from '../../protocol/wire/encode.js'
import type { BlockRange, KnownMessage, PieceMessage } from '../../protocol/wire/message.js'
import type { Arrival, LinkEvents, PeerLink } from '../link/link.js'
import { blockOf, chunkAt } from './block.js'
import { encodeRequests } from './requests.js'
import type { Remote, RemoteChange } from './remote.js'

export interface FetcherOptions {
  readonly layout: Layout
  readonly remote: Remote
  readonly events: LinkEvents
  readonly arrival: Arrival
  /** Whether both sides speak the fast extension, so that every request is answered (BEP 6). */
  readonly isFast: boolean
  readonly send: (bytes: Uint8Array) => void
  /** The peer broke the protocol; the connection ends. */
  readonly onGarbage: (why: string) => void
  /** Nothing is taken any more: the connection may go, if it is of no other use. */
  readonly onClose: () => void
}

/**
 * Takes chunks from one BitTorrent peer (BEP 3, 6).
 *
 * Invariant: `#asked` holds the chunks asked for that neither came nor were refused; what was not asked for is not taken.
 */
export class Fetcher implements PeerLink {
  readonly wire = 'bittorrent'
  readonly #options: FetcherOptions
  readonly #asked = new ChunkMap()
  #isInterested = false
  #isOver = false

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  get arrival(): Arrival {
    return this.#options.arrival
  }

  /** Whether we said that it has something that we want. */
  get isInterested(): boolean {
    return this.#isInterested
  }

  /** Tells what the peer said of itself so far. */
  tellState(): void {
    if (this.#isOver) return
    const { events, remote, layout } = this.#options
    events.state({
      isChoking: remote.isChoking,
      has: remote.chunks(layout),
      limit: remote.queue,
      tellsNews: true,
    })
  }

  interest(): void {
    this.#setInterest(true)
  }

  disinterest(): void {
    this.#setInterest(false)
  }

  request(chunks: readonly number[]): void {
    if (this.#isOver) return
    for (const chunk of chunks) this.#asked.set(chunk, 1)
    this.#options.send(encodeRequests(this.#options.layout, chunks))
  }

  cancel(chunk: number): void {
    if (!this.#asked.has(chunk)) return
    this.#tell({ kind: 'cancel', ...blockOf(this.#options.layout, chunk) })
    if (this.#options.isFast) return
    this.#asked.delete(chunk)
    this.#options.events.refused(chunk, 'cancelled')
  }

  findPeers(): void {
    // Peers of this wire tell of others by themselves, once a minute (BEP 11).
  }

  close(): void {
    if (this.#isOver) return
    this.#setInterest(false)
    this.#isOver = true
    this.#options.onClose()
  }

  /** The peer said something of itself. */
  hear(change: RemoteChange): void {
    if (this.#isOver || change === undefined) return
    const { events } = this.#options
    if (change === 'holdings') return this.tellState()
    if (change === 'choked') this.#beChoked()
    else if (change === 'unchoked') events.choke(false)
    else events.has(change.piece)
  }

  /** It no longer has `piece` (BEP 54): without the fast extension what was asked of it is forgotten. */
  miss(piece: number): void {
    const { events, isFast, layout } = this.#options
    if (this.#isOver) return
    events.hasNot(piece)
    if (isFast) return
    for (const chunk of [...this.#asked.keys()])
      if (layout.pieceOf(chunk) === piece) this.#refuse(chunk, 'missing')
  }

  /** It gives `piece` also while it chokes us (BEP 6). */
  allow(piece: number): void {
    if (!this.#isOver) this.#options.events.allows(piece)
  }

  /**
   * A block came: whether it was asked for. With the fast extension one that was not ends the connection (BEP 6);
   * without it what was asked for before a choke or a cancel may still come.
   */
  take({ piece, begin, data }: PieceMessage): boolean {
    const chunk = chunkAt(this.#options.layout, piece, begin)
    if (this.#isOver) return false
    if (chunk === undefined || !this.#asked.delete(chunk)) {
      if (this.#options.isFast) this.#options.onGarbage('it sent a block that was not asked for')
      return false
    }
    this.#options.events.chunk(chunk, data, undefined)
    return true
  }

  /** The peer will not send a block. */
  reject({ piece, begin }: BlockRange): void {
    const chunk = chunkAt(this.#options.layout, piece, begin)
    if (chunk === undefined || this.#isOver) return
    this.#refuse(chunk, this.#options.remote.isChoking ? 'choked' : 'failed')
  }

  /** The peer connected by itself, and listens here. */
  listens(endpoint: Endpoint): void {
    if (!this.#isOver) this.#options.events.listens(endpoint)
  }

  /** The peer told of others. */
  learnPeers(endpoints: readonly Endpoint[]): void {
    const peers = endpoints.map(({ host, port }) => ({ host, port, wires: ['bittorrent'] as const }))
    if (!this.#isOver) this.#options.events.peers(peers)
  }

  /** The connection is gone. */
  lose(reason: Departure, detail: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#options.events.lost(reason, detail)
  }

  /** BEP 6: with the fast extension each request is rejected by itself; without it all are forgotten. */
  #beChoked(): void {
    const { events, isFast } = this.#options
    events.choke(true)
    if (isFast) return
    for (const chunk of [...this.#asked.keys()]) this.#refuse(chunk, 'choked')
  }

  #refuse(chunk: number, why: Refusal): void {
    if (this.#asked.delete(chunk)) this.#options.events.refused(chunk, why)
  }

  #setInterest(isInterested: boolean): void {
    if (this.#isInterested === isInterested || this.#isOver) return
    this.#isInterested = isInterested
    this.#tell({ kind: isInterested ? 'interested' : 'notInterested' })
  }

  #tell(message: KnownMessage): void {
    this.#options.send(encodeMessage(message))
  }
}
