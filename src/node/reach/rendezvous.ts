import { lookup } from 'node:dns/promises'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { punch, type PunchOptions } from '../../nat/punch.js'
import type { Endpoint, InfoHash, PeerId, Ticket } from '../../protocol/ids.js'
import { retOf } from '../../protocol/json/answer.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import {
  decodeCalls,
  decodePunch,
  decodeReachability,
  decodeRelay,
  type CallsAnswer,
  type ReachabilityAnswer,
  type Relay,
} from '../../protocol/json/reachAnswer.js'
import { encodeTrackerRequest, type TrackerRequest } from '../../protocol/json/request.js'
import { CALL_HOLD, PUNCH_ANSWER_TIME } from '../../protocol/limits.js'
import { addressScope } from '../../support/addressScope.js'
import { base64 } from '../../transport/base64.js'
import type { JsonConnection } from '../../transport/jsonConnection.js'
import { joinRelay } from '../../transport/relay/joinRelay.js'
import { firstSocket } from '../../transport/firstSocket.js'
import { noteDetour } from '../../transport/route.js'
import type { TrackerLink } from '../tracker/trackerLink.js'

/** Milliseconds for a connection to the tracker, and for an answer beside the time that it may hold the request. */
const ANSWER_TIME = 5_000

/** A punch that does not stand so long after both sides know of each other is made once more beside the first. Milliseconds. */
const PUNCH_AGAIN_AFTER = 400

/** How often a relay is tried, and the milliseconds between. */
const JOIN_ATTEMPTS = 3
const JOIN_PAUSE = 300

/** The tracker does not know these operations, or does not know the peer: there is no use in asking it again soon. */
export class NotThere extends Error {}

/** What a search for a way to a peer asks of a tracker. */
export type Introducer = Pick<Rendezvous, 'callBack' | 'punch' | 'relay'>

/** What one tracker does for this peer so that others come to it, and it to others. */
export class Rendezvous {
  readonly link: TrackerLink
  readonly #random: () => number

  constructor(link: TrackerLink, random: () => number) {
    this.link = link
    this.#random = random
  }

  /** Has the tracker call back. @throws NotThere, ShoalError */
  async check(): Promise<ReachabilityAnswer> {
    const answer = await this.link.ask({ op: 'CHECK_REACHABILITY', sender: this.link.sender })
    return decodeReachability(expectSuccess(answer))
  }

  /** A connection on which `hear` can be called again and again. @throws Error */
  async openLine(): Promise<JsonConnection> {
    const { address } = await this.#address()
    return this.link.open({ host: address, timeout: CALL_HOLD + ANSWER_TIME })
  }

  /** Waits for what the tracker has to say. @throws Error */
  async hear(line: JsonConnection, offersRelay: boolean): Promise<CallsAnswer> {
    const request = { op: 'AWAIT_CALLS', sender: this.link.sender, offersRelay } as const
    return decodeCalls(expectSuccess(await line.request(encoded(request))))
  }

  /** Asks that `target` connects to this peer, which can be reached. @throws NotThere, ShoalError */
  async callBack(target: PeerId, infoHash: InfoHash): Promise<void> {
    expectSuccess(await this.link.ask({ op: 'CALL_BACK', sender: this.link.sender, target, infoHash }))
  }

  /**
   * Connects to `target` while it connects to us. What does not stand soon is tried from other ports too: where the other
   * side's first packet reaches our router in the very moment in which ours leaves it, the router takes another port than
   * the tracker saw, and keeps it.
   *
   * @throws NotThere, Error
   */
  async punch(target: PeerId, signal: AbortSignal): Promise<Socket> {
    const request = { op: 'PUNCH', sender: this.link.sender, target } as const
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const first = await this.#arrange(request, either)
    const again = async (): Promise<Socket> => {
      await sleep(PUNCH_AGAIN_AFTER, undefined, { signal: either })
      return this.#open(await this.#arrange(request, either))
    }
    try {
      return await firstSocket([this.#open(first), again()])
    } finally {
      over.abort()
    }
  }

  /** The same as the side that was called. @throws Error */
  async answerPunch(ticket: Ticket, signal: AbortSignal): Promise<Socket> {
    return this.#open(await this.#arrange({ op: 'ANSWER_PUNCH', sender: this.link.sender, ticket }, signal))
  }

  /** Connects to `target` by a relay. @throws NotThere, Error */
  async relay(target: PeerId, signal: AbortSignal): Promise<Socket> {
    const answer = await this.link.ask({ op: 'RELAY', sender: this.link.sender, target })
    const { ticket, relay } = decodeRelay(expectSuccess(answer))
    return this.joinRelay(relay, ticket, signal)
  }

  /** Joins a relay; undefined means the tracker. @throws Error */
  async joinRelay(relay: Relay, ticket: Ticket, signal: AbortSignal): Promise<Socket> {
    const { address } = await this.#address()
    const endpoint = relay ?? { host: address, port: this.link.endpoint.port }
    const socket = await persistently(() => joinRelay(usable(endpoint, address), ticket, signal), signal)
    noteDetour(socket, 'relayed')
    return socket
  }

  /** The answer says where the other side's connection was seen: from this very port it is connected to. */
  async #arrange(request: TrackerRequest, signal: AbortSignal): Promise<Arranged> {
    const { address, family } = await this.#address()
    const localAddress = family === 6 ? '::' : '0.0.0.0'
    const timeout = PUNCH_ANSWER_TIME + ANSWER_TIME
    const line = await this.link.open({ host: address, timeout, localAddress })
    const leave = (): void => line.close()
    signal.addEventListener('abort', leave)
    try {
      signal.throwIfAborted()
      const remote = usable(decodePunch(expectSuccess(await line.request(encoded(request)))), address)
      const local = { address: localAddress, port: line.localPort ?? 0 }
      return { line, options: { remote, local, signal, random: this.#random } }
    } catch (error) {
      line.close()
      throw error
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  /** The connection to the tracker holds our router's port meanwhile. */
  async #open({ line, options }: Arranged): Promise<Socket> {
    try {
      const socket = await punch(options)
      noteDetour(socket, 'punched')
      return socket
    } finally {
      line.close()
    }
  }

  #address(): Promise<{ address: string; family: number }> {
    return lookup(this.link.endpoint.host)
  }
}

/** A punch of which both sides know, and the connection by which the tracker said so. */
interface Arranged {
  readonly line: JsonConnection
  readonly options: PunchOptions
}

/** A peer that carries may hear of it later than those who come to it. */
const persistently = async <T>(join: () => Promise<T>, signal: AbortSignal): Promise<T> => {
  for (let attempt = 1; attempt < JOIN_ATTEMPTS; attempt++) {
    try {
      return await join()
    } catch {
      await sleep(JOIN_PAUSE, undefined, { signal })
    }
  }
  return join()
}

const encoded = (request: TrackerRequest): JsonObject => encodeTrackerRequest(request, base64)

/** @throws NotThere for what the tracker does not know, Error for another refusal */
const expectSuccess = (answer: JsonObject): JsonObject => {
  const ret = retOf(answer)
  if (ret === 'SUCCESS') return answer
  const why = `the tracker answered ${ret ?? 'nonsense'}`
  throw ret === 'NOT_FOUND' || ret === 'BAD_REQUEST' ? new NotThere(why) : new Error(why)
}

/**
 * A tracker may name any address, but none at which nobody may be asked, and those of this machine only where it is of
 * this machine itself.
 */
const usable = (endpoint: Endpoint, tracker: string): Endpoint => {
  const scope = addressScope(endpoint.host)
  if (scope === 'never' || (isOwn(endpoint.host) && !isOwn(tracker)))
    throw new Error(`the tracker names ${endpoint.host}`)
  return endpoint
}

const isOwn = (host: string): boolean => host === '::1' || host.startsWith('127.')
