import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers a request in another way than a good server would; false: as that would. */
type Behave = (request: IncomingMessage, response: ServerResponse) => boolean

/** A web server for tests, on a real port of this machine: serves files by ranges, and remembers what it was asked for. */
export class WebServer {
  /** By path, percent-encoded. */
  readonly files = new Map<string, Buffer>()
  /** Path and range of each request, in order. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = []
  connections = 0
  behave: Behave = () => false
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response))
    this.#server.on('connection', () => this.connections++)
  }

  static async start(): Promise<WebServer> {
    const server = new WebServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? ''
    const { range } = request.headers
    this.requests.push({ path, range })
    if (this.behave(request, response)) return
    const data = this.files.get(path)
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    if (data === undefined) return void response.writeHead(404).end('not here')
    if (Number(first) >= data.length) return void response.writeHead(416).end()
    const part = data.subarray(Number(first), Number(last) + 1)
    const end = Number(first) + part.length - 1
    const headers = { 'content-range': `bytes ${first}-${end}/${data.length}`, 'content-length': part.length }
    response.writeHead(206, headers).end(part)
  }
}
