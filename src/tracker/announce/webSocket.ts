import { bytesOfKey } from '../../protocol/metainfo/fields.js'
import {
  decodeWebSocketRequest,
  type WebSocketAnnounce,
  type WebSocketAnswer,
  type WebSocketScrape,
} from '../../protocol/announce/webSocketRequest.js'
import type { TrackerMetrics } from '../metrics.js'
import type { AnnounceService } from './announceService.js'
import { WebSocketSwarm, type WebSocketPeer } from './webSocketSwarm.js'

/** Swarms of one connection: a page that shows many torrents has one for each. */
const MAX_SWARMS_PER_CONNECTION = 200

/** Peers of all swarms: at about 500 bytes each, 50 MB. */
const MAX_PEERS = 100_000

export interface WebSocketServiceOptions {
  readonly service: AnnounceService
  /** From 0 up to 1; chooses peers. */
  readonly random: () => number
  readonly metrics: TrackerMetrics
}

/** A client: several torrents may share its connection. */
export interface WebSocketClient {
  readonly host: string
  send(message: object): void
}

/**
 * The tracker of WebTorrent clients: who announces brings offers of connections, which are passed on to others of the
 * swarm, and their answers back. Nobody can connect to such a peer by an address, so it is given only to others of its
 * kind, and is forgotten when its connection ends. The swarms are those of this process.
 *
 * Invariant: a peer is in `#joined` of its client exactly as long as it is in its swarm; no swarm is empty.
 */
export class WebSocketService {
  readonly #options: WebSocketServiceOptions
  readonly #swarms = new Map<string, WebSocketSwarm>()
  readonly #joined = new Map<WebSocketClient, Map<string, WebSocketPeer>>()
  #peers = 0

  constructor(options: WebSocketServiceOptions) {
    this.#options = options
  }

  /** Peers of all swarms. */
  get peers(): number {
    return this.#peers
  }

  /** Answers a message of `client`, and passes on what it brings. @throws ShoalError as the store does */
  async receive(client: WebSocketClient, text: string): Promise<void> {
    const { service, metrics } = this.#options
    if (!service.admits(client.host)) {
      metrics.count('websocket', 'request', 'limited')
      return client.send({ 'failure reason': 'too many requests from this address: wait a moment' })
    }
    const request = decodeWebSocketRequest(text)
    if (typeof request === 'string') {
      metrics.count('websocket', 'request', 'refused')
      return client.send({ 'failure reason': `${request} is missing or malformed` })
    }
    if (request.kind === 'scrape') return this.#scrape(client, request)
    if (request.kind === 'answer') return this.#passOn(client, request)
    await this.#announce(client, request)
  }

  /** Takes `client` out of all swarms. */
  leave(client: WebSocketClient): void {
    for (const [infoHash, peer] of this.#joined.get(client) ?? []) this.#exit(client, infoHash, peer)
    this.#joined.delete(client)
  }

  async #announce(client: WebSocketClient, request: WebSocketAnnounce): Promise<void> {
    const { infoHash, event } = request
    const refusal =
      (await this.#options.service.refusalTo(bytesOfKey(infoHash))) ?? this.#lacking(client, request)
    if (refusal !== undefined) {
      this.#options.metrics.count('websocket', 'announce', 'refused')
      return client.send({ action: 'announce', info_hash: infoHash, 'failure reason': refusal })
    }
    this.#options.metrics.count('websocket', 'announce', 'answered')
    const known = this.#joined.get(client)?.get(infoHash)
    if (event === 'stopped') {
      if (known !== undefined) this.#exit(client, infoHash, known)
      return this.#tellNumbers(client, infoHash)
    }
    const peer = this.#enter(client, request)
    this.#tellNumbers(client, infoHash)
    this.#offer(peer, request)
  }

  /** What stands against this announce, or undefined. */
  #lacking(client: WebSocketClient, { infoHash, peerId, event }: WebSocketAnnounce): string | undefined {
    if (event === 'stopped') return undefined
    const joined = this.#joined.get(client)
    if (joined?.get(infoHash)?.peerId === peerId) return undefined
    const other = this.#swarms.get(infoHash)?.find(peerId)
    if (other !== undefined && other.host !== client.host) return 'peer_id belongs to another address'
    if ((joined?.size ?? 0) >= MAX_SWARMS_PER_CONNECTION) return 'too many torrents on one connection'
    if (this.#peers >= MAX_PEERS) return 'the tracker has no room for another peer'
    return other === undefined ? this.#options.service.refusalToNew : undefined
  }

  #enter(client: WebSocketClient, { infoHash, peerId, isComplete, event }: WebSocketAnnounce): WebSocketPeer {
    const joined = this.#joined.get(client) ?? new Map<string, WebSocketPeer>()
    this.#joined.set(client, joined)
    const swarm = this.#swarms.get(infoHash) ?? new WebSocketSwarm()
    this.#swarms.set(infoHash, swarm)
    if (event === 'completed') swarm.completed++
    const known = joined.get(infoHash)
    if (known?.peerId === peerId && swarm.find(peerId) === known) {
      known.isComplete = isComplete
      return known
    }
    if (known !== undefined) this.#removeFrom(swarm, known)
    const peer = { peerId, host: client.host, isComplete, send: (message: object) => client.send(message) }
    if (swarm.find(peerId) === undefined) this.#peers++
    swarm.put(peer)
    this.#swarms.set(infoHash, swarm)
    joined.set(infoHash, peer)
    return peer
  }

  #removeFrom(swarm: WebSocketSwarm, peer: WebSocketPeer): void {
    const before = swarm.size
    swarm.remove(peer)
    this.#peers -= before - swarm.size
  }

  #exit(client: WebSocketClient, infoHash: string, peer: WebSocketPeer): void {
    this.#joined.get(client)?.delete(infoHash)
    const swarm = this.#swarms.get(infoHash)
    if (swarm === undefined) return
    this.#removeFrom(swarm, peer)
    if (swarm.size === 0) this.#swarms.delete(infoHash)
  }

  #numbersOf(infoHash: string): { readonly complete: number; readonly incomplete: number } {
    const swarm = this.#swarms.get(infoHash)
    const complete = swarm?.seeders ?? 0
    return { complete, incomplete: (swarm?.size ?? 0) - complete }
  }

  #tellNumbers(client: WebSocketClient, infoHash: string): void {
    const { interval } = this.#options.service
    client.send({ action: 'announce', interval, info_hash: infoHash, ...this.#numbersOf(infoHash) })
  }

  /** Passes each offer on to another peer. */
  #offer(from: WebSocketPeer, { infoHash, peerId, offers }: WebSocketAnnounce): void {
    const others = this.#swarms.get(infoHash)?.sample(from, offers.length, this.#options.random) ?? []
    others.forEach((other, index) => {
      const { offer, offerId } = offers[index] ?? {}
      other.send({ action: 'announce', offer, offer_id: offerId, peer_id: peerId, info_hash: infoHash })
    })
  }

  /** Passes an answer on, if who answers is in the swarm itself. */
  #passOn(client: WebSocketClient, { infoHash, peerId, toPeerId, offerId, answer }: WebSocketAnswer): void {
    this.#options.metrics.count('websocket', 'announce', 'answered')
    if (this.#joined.get(client)?.get(infoHash)?.peerId !== peerId) return
    const other = this.#swarms.get(infoHash)?.find(toPeerId)
    other?.send({ action: 'announce', answer, offer_id: offerId, peer_id: peerId, info_hash: infoHash })
  }

  #scrape(client: WebSocketClient, { infoHashes }: WebSocketScrape): void {
    this.#options.metrics.count('websocket', 'scrape', 'answered')
    const files = infoHashes.map((infoHash) => {
      const downloaded = this.#swarms.get(infoHash)?.completed ?? 0
      return [infoHash, { ...this.#numbersOf(infoHash), downloaded }] as const
    })
    client.send({ action: 'scrape', files: Object.fromEntries(files) })
  }
}
