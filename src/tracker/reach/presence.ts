import type { PeerId } from '../../protocol/ids.js'
import type { Call } from '../../protocol/json/reachAnswer.js'
import { CALL_HOLD, MAX_CALLS } from '../../protocol/limits.js'
import type { Caller } from '../../transport/jsonService.js'

/** Peers that wait for calls at once: each keeps a connection, and a port has room for others besides. At about 1 KB each 8 MB. */
const MAX_PRESENT = 8_000

/** A peer that waits for calls. */
export interface Present {
  readonly peerId: PeerId
  /** The address that its connection comes from. */
  readonly host: string
  /** Where it listens, as it says. */
  readonly port: number
  readonly offersRelay: boolean
  /** Whether it has proven to hold the key of its id. */
  readonly isProven: boolean
  /** Whether the tracker could connect to it; undefined: it did not try. */
  isReachable: boolean | undefined
}

/** A peer's connection, and what it was not told yet. */
interface Line {
  readonly present: Present
  readonly gone: AbortSignal
  /** Aborts when the peer will send no more: nothing is held for it then. */
  readonly ended: AbortSignal
  calls: Call[]
  /** Answers the request that is held, where one is. */
  tell: ((calls: readonly Call[]) => void) | undefined
}

export type Awaited =
  | { readonly outcome: 'called'; readonly calls: readonly Call[] }
  /** Another connection, from another address, waits under this id. */
  | { readonly outcome: 'foreign' }
  | { readonly outcome: 'full'; readonly limit: string }

/**
 * Who can be told something: peers that keep a connection on which AWAIT_CALLS is held.
 *
 * Invariants: one line for each id, MAX_PRESENT in all, MAX_CALLS untold on each; a line is there while its connection is.
 */
export class Presence {
  readonly #lines = new Map<PeerId, Line>()
  readonly #hold: number

  /** @param hold how long a request is held, milliseconds */
  constructor(hold = CALL_HOLD) {
    this.#hold = hold
  }

  get size(): number {
    return this.#lines.size
  }

  find(peerId: PeerId): Present | undefined {
    return this.#lines.get(peerId)?.present
  }

  /** The holder of the key of `peerId` is known from now on: who waits under that id and is another is not called any more. */
  claim(peerId: PeerId): void {
    const line = this.#lines.get(peerId)
    if (line === undefined || line.present.isProven) return
    this.#lines.delete(peerId)
    line.tell?.([])
  }

  /** Those who offer to carry the connections of others, and can be reached. */
  relays(): readonly Present[] {
    return [...this.#lines.values()]
      .map(({ present }) => present)
      .filter(({ offersRelay, isReachable }) => offersRelay && isReachable === true)
  }

  /** Answers AWAIT_CALLS: the first on a connection at once, others once there is a call or it was held long enough. */
  await(said: Omit<Present, 'isReachable' | 'host'>, caller: Caller): Awaited | Promise<Awaited> {
    const line = this.#lines.get(said.peerId)
    if (line === undefined || line.gone !== caller.gone) return this.#enter(said, caller, line)
    if (line.calls.length > 0) return called(line.calls.splice(0))
    return new Promise((resolve) => this.#holdOn(line, resolve))
  }

  /** Tells a peer; returns whether it will hear of it. */
  call(peerId: PeerId, call: Call): boolean {
    const line = this.#lines.get(peerId)
    if (line === undefined || line.calls.length >= MAX_CALLS) return false
    line.calls.push(call)
    line.tell?.(line.calls.splice(0))
    return true
  }

  #enter(
    said: Omit<Present, 'isReachable' | 'host'>,
    { host, gone, ended }: Caller,
    known: Line | undefined,
  ): Awaited {
    if (known !== undefined && known.present.host !== host && !said.isProven) return { outcome: 'foreign' }
    if (known === undefined && this.#lines.size >= MAX_PRESENT)
      return { outcome: 'full', limit: `${MAX_PRESENT} peers wait for calls, the limit` }
    known?.tell?.([])
    const isReachable = known?.present.port === said.port ? known.present.isReachable : undefined
    const line: Line = { present: { ...said, host, isReachable }, gone, ended, calls: [], tell: undefined }
    this.#lines.set(said.peerId, line)
    const leave = (): void => {
      line.tell?.([])
      if (this.#lines.get(said.peerId) === line) this.#lines.delete(said.peerId)
    }
    gone.addEventListener('abort', leave)
    return called([])
  }

  #holdOn(line: Line, resolve: (awaited: Awaited) => void): void {
    line.tell?.([])
    const timer = setTimeout(() => line.tell?.([]), this.#hold).unref()
    const end = (): void => line.tell?.([])
    line.ended.addEventListener('abort', end)
    line.tell = (calls) => {
      clearTimeout(timer)
      line.ended.removeEventListener('abort', end)
      line.tell = undefined
      resolve(called(calls))
    }
    if (line.ended.aborted) end()
  }
}

const called = (calls: readonly Call[]): Awaited => ({ outcome: 'called', calls })
