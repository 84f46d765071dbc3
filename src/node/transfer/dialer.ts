import { PeerBook, peerKey } from '../../engine/swarm/peerBook.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { NodeContext } from '../context.js'
import { WireLink } from '../link/wireLink.js'
import { ownEndpoint } from '../serve/context.js'
import type { Torrent } from '../torrent/torrent.js'
import type { Dialing } from './transfer.js'

/** How often it is looked whom to connect to. Milliseconds. */
const TICK = 1_000
/** Leechers that this peer is connected to by its own doing, for one torrent. */
const MAX_DIALLED = 30

/**
 * Connects a seeder to the leechers that it learns of: clients that try uTP first lose seconds before they come by
 * themselves, and some wait for minutes.
 *
 * Invariants: only while the torrent is complete and served; one that turns out to be a seed is not dialled again.
 */
export class Dialer implements Dialing {
  readonly #context: NodeContext
  readonly #torrent: Torrent
  readonly #book: PeerBook
  readonly #links = new Map<string, WireLink>()
  #timer: NodeJS.Timeout | undefined

  constructor(context: NodeContext, torrent: Torrent) {
    this.#context = context
    this.#torrent = torrent
    this.#book = new PeerBook(context.random, ownEndpoint(context.serving))
  }

  /** These peers of the torrent are known. */
  add(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) this.#book.add(endpoint)
    this.#dial()
  }

  /** The torrent is complete: from now on leechers are dialled. */
  start(): void {
    if (this.#context.options.isJsonOnly === true) return
    this.#torrent.connect = (peer) => this.add([peer])
    this.#timer ??= setInterval(() => this.#dial(), TICK)
    this.#dial()
  }

  stop(): void {
    clearInterval(this.#timer)
    if (this.#timer !== undefined) this.#torrent.connect = undefined
    this.#timer = undefined
    for (const link of this.#links.values()) link.close()
  }

  #dial(): void {
    while (this.#timer !== undefined && this.#links.size < MAX_DIALLED) {
      const endpoint = this.#book.take(this.#context.now())
      if (endpoint === undefined) return
      if (this.#isConnected(endpoint)) this.#book.fail(peerKey(endpoint), this.#context.now())
      else this.#open(endpoint)
    }
  }

  #isConnected(endpoint: Endpoint): boolean {
    const key = peerKey(endpoint)
    return [...this.#torrent.sessions].some(({ contact }) => contact?.key === key)
  }

  #open(endpoint: Endpoint): void {
    const key = peerKey(endpoint)
    const { serving, wirePeerId, now } = this.#context
    const link = new WireLink({
      endpoint,
      torrent: this.#torrent,
      context: serving,
      wirePeerId,
      events: undefined,
      onGone: () => {
        this.#links.delete(key)
        this.#book.fail(key, now())
        if (link.isUseless) this.#book.exclude(key)
      },
    })
    this.#links.set(key, link)
  }
}
