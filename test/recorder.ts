import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Endpoint } from '../src/protocol/ids.js'

/** Passes connections on to one place and keeps every byte that went either way: what somebody on the line sees. */
export class Recorder {
  readonly endpoint: Endpoint
  readonly #parts: Buffer[] = []

  private constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
  }

  /** Records until the test is over. */
  static async before(target: Endpoint): Promise<Recorder> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      const onward = connect({ host: target.host, port: target.port })
      recorder.#carry(socket, onward)
      recorder.#carry(onward, socket)
      for (const one of [socket, onward]) sockets.add(one)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const recorder = new Recorder({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
    onTestFinished(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    return recorder
  }

  get bytes(): number {
    return this.#parts.reduce((sum, part) => sum + part.length, 0)
  }

  /** Whether a run of 32 bytes of `content` was to be seen, or `name` as it is in messages. */
  showed(content: Buffer, name: string): { readonly content: boolean; readonly name: boolean } {
    const seen = Buffer.concat(this.#parts)
    return { content: haveCommonRun(seen, content), name: seen.includes(name) }
  }

  #carry(from: Socket, to: Socket): void {
    from.on('data', (part) => {
      this.#parts.push(part)
      to.write(part)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.on('end', () => to.end())
  }
}

const RUN = 32

/**
 * Whether both have 32 bytes in common. A run of 32 holds 16 that begin at a multiple of 16 in `content`; those are looked
 * up at every place of `seen`, and where one stands the bytes around it are compared.
 */
const haveCommonRun = (seen: Buffer, content: Buffer): boolean => {
  const half = RUN / 2
  const places = new Map<string, number>()
  for (let place = 0; place + half <= content.length; place += half)
    places.set(content.toString('latin1', place, place + half), place)
  for (let at = 0; at + half <= seen.length; at++) {
    const place = places.get(seen.toString('latin1', at, at + half))
    if (place === undefined) continue
    let before = 0
    while (
      before < half &&
      at > before &&
      place > before &&
      seen[at - before - 1] === content[place - before - 1]
    )
      before++
    let length = before + half
    while (length < RUN && seen[at - before + length] === content[place - before + length]) {
      if (at - before + length >= seen.length || place - before + length >= content.length) break
      length++
    }
    if (length >= RUN) return true
  }
  return false
}
