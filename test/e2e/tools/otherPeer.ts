import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../../../src/protocol/ids.js'
import { Op, Ret } from '../../../src/protocol/json/op.js'
import type { Content } from './content.js'

export type Message = Record<string, unknown>

/** One request as it came. */
export interface Request {
  readonly message: Message
  /** The chunk asked for; undefined for every other request. */
  readonly chunk: number | undefined
  readonly socket: Socket
  /** Which request for a chunk this is, over all connections, from 1. */
  readonly count: number
  /** Which connection it came by, from 1. */
  readonly connection: number
  /** Which request for a chunk this is on its connection, from 1. */
  readonly countHere: number
}

/** An object or bytes to send, or nothing; `honest` is what a good seeder would answer. */
export type Behaviour = (request: Request, honest: Message) => Reply | Promise<Reply>
export type Reply = Message | string | Uint8Array | undefined

const bitfieldOf = (chunks: number): string => {
  const bytes = Buffer.alloc(Math.ceil(chunks / 8))
  for (let chunk = 0; chunk < chunks; chunk++)
    bytes[chunk >> 3] = (bytes[chunk >> 3] ?? 0) | (128 >> (chunk & 7))
  return bytes.toString('base64')
}

const honestAnswer = (content: Content, message: Message): Message => {
  const { OP_CODE: op, CHUNK_IDX: chunk } = message
  if (op === Op.STATUS_INTERESTED) {
    const BITFIELD = bitfieldOf(content.chunks)
    return { OP_CODE: Op.STATUS_UNCHOKED, RET_CODE: Ret.SUCCESS, BITFIELD, REQUESTS: 16 }
  }
  if (op === Op.GET_PEERS) return { OP_CODE: op, RET_CODE: Ret.SUCCESS, PEER_LIST: {} }
  if (typeof chunk !== 'number') return { OP_CODE: op, RET_CODE: Ret.SUCCESS }
  const proof = message.WITH_PROOF ? { CHUNK_PROOF: content.proof(chunk).toString('base64') } : {}
  const data = content.chunk(chunk).toString('base64')
  return { OP_CODE: op, RET_CODE: Ret.SUCCESS, CHUNK_IDX: chunk, CHUNK_DATA: data, ...proof }
}

/** A seeder that is not Shoal: it answers in the order of the requests, and as `behave` wants. */
export class OtherPeer {
  readonly peerId = randomBytes(16).toString('hex')
  readonly requests: Message[] = []
  /** Chunks asked for, in order. */
  readonly asked: number[] = []
  connections = 0
  readonly #content: Content
  readonly #behave: Behaviour
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(content: Content, behave: Behaviour) {
    this.#content = content
    this.#behave = behave
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(content: Content, behave: Behaviour = (_, honest) => honest): Promise<OtherPeer> {
    const peer = new OtherPeer(content, behave)
    peer.#server.listen(0, '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  get endpoint(): Endpoint {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('it does not listen')
    return { host: '127.0.0.1', port: address.port }
  }

  /** The fields that every request to a tracker carries. */
  get identity(): Message {
    return { IP_ADDRESS: '127.0.0.1', PORT: String(this.endpoint.port), PEER_ID: this.peerId }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    const connection = ++this.connections
    this.#sockets.add(socket)
    let text = ''
    let countHere = 0
    let turn = Promise.resolve()
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.setEncoding('latin1').on('data', (part: string) => {
      const lines = (text + part).split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const message = JSON.parse(line) as Message
        const chunk = message.OP_CODE === Op.GET_CHUNK ? Number(message.CHUNK_IDX) : undefined
        this.requests.push(message)
        if (chunk !== undefined) this.asked.push(chunk)
        const count = this.asked.length
        const request = {
          message,
          chunk,
          socket,
          count,
          connection,
          countHere: chunk === undefined ? countHere : ++countHere,
        }
        turn = turn.then(() => this.#answer(request))
      }
    })
  }

  async #answer(request: Request): Promise<void> {
    if (request.socket.destroyed) return
    const reply = await this.#behave(request, honestAnswer(this.#content, request.message))
    if (reply === undefined || request.socket.destroyed) return
    const isRaw = typeof reply === 'string' || reply instanceof Uint8Array
    request.socket.write(isRaw ? reply : `${JSON.stringify(reply)}\n`)
  }
}

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/** An honest seeder that needs `milliseconds` for each chunk, whoever asks. */
export const steady = (milliseconds: number): Behaviour => {
  let free = 0
  return async ({ chunk }, honest) => {
    if (chunk === undefined) return honest
    const now = performance.now()
    free = Math.max(free, now) + milliseconds
    await sleep(free - now)
    return honest
  }
}

/** An honest seeder that gives `most` chunks and no more until the gate is opened. */
export const gated = (most: number): { readonly behave: Behaviour; readonly open: () => void } => {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const behave: Behaviour = async ({ chunk, count }, honest) => {
    if (chunk !== undefined && count > most) await opened
    return honest
  }
  return { behave, open: () => open() }
}
