import { connect, type Socket } from 'node:net'
import { peerKey } from '../../engine/swarm/peerBook.js'
import { betterWayAfter } from '../../engine/ways/waySearch.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { Logger } from '../../support/log.js'
import { firstSocket } from '../../transport/firstSocket.js'
import { detourOf } from '../../transport/route.js'
import { Seeking, type SeekOptions } from './seeking.js'

/** Milliseconds for a direct connection, and until one that was found is used: a swarm tries a peer again after seconds. */
const CONNECT_TIME = 5_000
const KEEP_TIME = 20_000

/** Relayed connections for which a better way is looked for; further ones stay as they are. */
const MAX_WATCHED = 64

/**
 * Leaves a relay when another way appears: looks for one from time to time, and once it stands ends the relayed connection,
 * whose user then comes back for it.
 *
 * Invariant: `#found` holds connections that nobody used yet, each for KEEP_TIME at most.
 */
export class Betterment {
  readonly #logger: Logger
  readonly #after: (attempt: number) => number
  readonly #found = new Map<string, Socket>()
  readonly #watched = new Map<Socket, AbortController>()

  /** @param after how long to wait before each look, milliseconds */
  constructor(logger: Logger, after = betterWayAfter) {
    this.#logger = logger
    this.#after = after
  }

  /** Begins a search, or gives it what was found already. */
  seek(options: SeekOptions, endpoint: Endpoint): Seeking {
    const key = peerKey(endpoint)
    const found = (socket: Socket): void => {
      if (detourOf(socket) === 'relayed') this.#watch(socket, options, endpoint)
      options.events.found(socket)
    }
    return new Seeking({ ...options, events: { ...options.events, found }, known: () => this.#take(key) })
  }

  stop(): void {
    for (const watch of this.#watched.values()) watch.abort()
    for (const socket of this.#found.values()) socket.destroy()
    this.#found.clear()
  }

  #take(key: string): Socket | undefined {
    const socket = this.#found.get(key)
    this.#found.delete(key)
    return socket?.destroyed === true ? undefined : socket
  }

  #watch(socket: Socket, options: SeekOptions, endpoint: Endpoint): void {
    if (this.#watched.size >= MAX_WATCHED) return
    const watch = new AbortController()
    this.#watched.set(socket, watch)
    socket.once('close', () => {
      watch.abort()
      this.#watched.delete(socket)
    })
    this.#lookLater(0, { socket, options, endpoint, signal: watch.signal })
  }

  #lookLater(attempt: number, watched: Watched): void {
    const timer = setTimeout(() => void this.#look(attempt, watched), this.#after(attempt)).unref()
    watched.signal.addEventListener('abort', () => clearTimeout(timer))
  }

  /** Never rejects. */
  async #look(attempt: number, watched: Watched): Promise<void> {
    const { socket, options, endpoint, signal } = watched
    const better = await firstSocket([
      connectTo(endpoint, signal),
      ...options.rendezvous.map((rendezvous) => rendezvous.punch(options.target, signal)),
    ]).catch(() => undefined)
    if (better === undefined || signal.aborted) {
      better?.destroy()
      if (!signal.aborted) this.#lookLater(attempt + 1, watched)
      return
    }
    this.#logger.info(() => `Another way to ${peerKey(endpoint)} than a relay was found`)
    this.#keep(peerKey(endpoint), better)
    socket.destroy()
  }

  #keep(key: string, socket: Socket): void {
    this.#found.get(key)?.destroy()
    this.#found.set(key, socket)
    setTimeout(() => {
      if (this.#found.get(key) === socket) this.#take(key)?.destroy()
    }, KEEP_TIME).unref()
  }
}

interface Watched {
  readonly socket: Socket
  readonly options: SeekOptions
  readonly endpoint: Endpoint
  readonly signal: AbortSignal
}

const connectTo = (endpoint: Endpoint, signal: AbortSignal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ ...endpoint })
    const leave = (): void => void socket.destroy(new Error('it is over'))
    socket.setTimeout(CONNECT_TIME, () => socket.destroy(new Error('no answer')))
    signal.addEventListener('abort', leave)
    socket.on('error', reject)
    socket.once('connect', () => {
      socket.setTimeout(0)
      signal.removeEventListener('abort', leave)
      resolve(socket)
    })
  })
