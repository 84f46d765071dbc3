import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Endpoint } from './client.js'

/** Seconds between announces. */
const INTERVAL = 5

interface TrackerOptions {
  readonly host: string
  /** Peers that are told to everybody, though they announce nothing. */
  readonly peers?: readonly Endpoint[]
}

const compact = ({ host, port }: Endpoint): Buffer =>
  Buffer.from([...host.split('.').map(Number), port >> 8, port & 255])

const isSame = (left: Endpoint, right: Endpoint): boolean =>
  left.host === right.host && left.port === right.port

const announcer = (request: IncomingMessage, parameters: URLSearchParams): Endpoint => ({
  host: request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
  port: Number(parameters.get('port')),
})

/** An HTTP tracker (BEP 3, compact answers of BEP 23) of one torrent: whoever announces is told of all others. */
export class HttpTracker {
  readonly url: string
  /** How many announces came. */
  announces = 0
  readonly #server: Server
  #peers: Endpoint[]

  private constructor(server: Server, host: string, peers: readonly Endpoint[]) {
    this.#server = server
    this.#peers = [...peers]
    this.url = `http://${host}:${(server.address() as AddressInfo).port}/announce`
    server.on('request', (request: IncomingMessage, response) => response.end(this.#answer(request)))
  }

  static async start({ host, peers = [] }: TrackerOptions): Promise<HttpTracker> {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    return new HttpTracker(server, host, peers)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(request: IncomingMessage): Buffer {
    this.announces += 1
    const { searchParams } = new URL(request.url ?? '', this.url)
    const self = announcer(request, searchParams)
    const others = this.#peers.filter((peer) => !isSame(peer, self))
    this.#peers = searchParams.get('event') === 'stopped' ? others : [...others, self]
    const bytes = Buffer.concat(others.map(compact))
    const head = `d8:intervali${INTERVAL}e12:min intervali${INTERVAL}e5:peers${bytes.length}:`
    return Buffer.concat([Buffer.from(head), bytes, Buffer.from('e')])
  }
}
