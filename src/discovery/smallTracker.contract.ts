import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { AnnouncedPeer, AnnounceRequest, AnnounceSuccess } from '../protocol/announce/announce.js'
import { httpCodec, udpCodec } from '../protocol/announce/codec.js'
import { toHex } from '../protocol/hex.js'

/** What a tracker of a test was told. */
export interface Told {
  readonly request: AnnounceRequest
  /** The whole query, or the URL data of UDP. */
  readonly query: string
}

/** A tracker for tests, by HTTP and by UDP on loopback: it names everybody who announced the same info-hash. */
export class SmallTracker {
  readonly told: Told[] = []
  connects = 0
  interval = 1800
  readonly #peers = new Map<string, Map<number, AnnouncedPeer>>()
  readonly #http: Server
  readonly #udp: Socket
  readonly #waiting = new Set<() => void>()

  private constructor(http: Server, udp: Socket) {
    this.#http = http
    this.#udp = udp
    http.on('request', (request, response) => {
      const [, query = ''] = (request.url ?? '').split('?', 2)
      const announce = httpCodec.announce.decodeQuery(query)
      if (typeof announce === 'string') return void response.writeHead(400).end(announce)
      response.end(httpCodec.announce.encodeResponse(this.#answer(announce, query), announce))
    })
    udp.on('message', (data, from) => this.#receive(data, from))
  }

  static async start(): Promise<SmallTracker> {
    const http = createServer().listen(0, '127.0.0.1')
    const udp = createSocket('udp4').bind(0, '127.0.0.1')
    await Promise.all([once(http, 'listening'), once(udp, 'listening')])
    return new SmallTracker(http, udp)
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/announce`
  }

  get udpUrl(): string {
    return `udp://127.0.0.1:${this.#udp.address().port}/announce`
  }

  /** Resolves once it was told what `matches`. */
  async wasTold(matches: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const found = this.told.find(matches)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  close(): void {
    this.#http.closeAllConnections()
    this.#http.close()
    this.#udp.close()
  }

  #answer(request: AnnounceRequest, query: string): AnnounceSuccess {
    const key = toHex(request.infoHash)
    const peers = this.#peers.get(key) ?? new Map<number, AnnouncedPeer>()
    this.#peers.set(key, peers)
    if (request.event === 'stopped') peers.delete(request.port)
    else peers.set(request.port, { host: '127.0.0.1', port: request.port, peerId: undefined })
    this.told.push({ request, query })
    for (const tell of this.#waiting) tell()
    this.#waiting.clear()
    const unsaid = { minInterval: undefined, trackerId: undefined, warning: undefined }
    const { interval } = this
    return {
      kind: 'success',
      interval,
      ...unsaid,
      seeders: 0,
      leechers: peers.size,
      peers: [...peers.values()],
    }
  }

  #receive(data: Uint8Array, { port, address }: RemoteInfo): void {
    const request = udpCodec.decodeRequest(data)
    if (request === undefined || request.action === 'scrape') return
    const { transaction } = request
    if (request.action === 'connect') {
      const connection = new Uint8Array(8).fill(++this.connects)
      const answer = { action: 'connect', transaction, connection } as const
      return this.#udp.send(udpCodec.encodeResponse(answer, 'IPv4'), port, address)
    }
    const isKnown = request.connection.every((byte) => byte > 0 && byte <= this.connects)
    const { peers, interval } = isKnown
      ? this.#answer(request.announce, request.urlData)
      : { peers: [], interval: 0 }
    const answer = isKnown
      ? ({
          action: 'announce',
          transaction,
          interval: interval ?? 0,
          seeders: 0,
          leechers: 0,
          peers,
        } as const)
      : ({ action: 'error', transaction, reason: 'connection id' } as const)
    this.#udp.send(udpCodec.encodeResponse(answer, 'IPv4'), port, address)
  }
}
