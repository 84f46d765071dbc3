import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parsePeerId, type Endpoint } from '../../protocol/ids.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import { encodePunch } from '../../protocol/json/reachAnswer.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { makeKeyCertificate } from '../../support/tls/selfSigned.js'
import { serveJson } from '../../transport/jsonService.js'
import { detourOf } from '../../transport/route.js'
import { TrackerLink } from '../tracker/trackerLink.js'
import { NotThere, Rendezvous } from './rendezvous.js'

const ends: (() => unknown)[] = []
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end()
})

const target = parsePeerId('ab'.repeat(16))
if (target === undefined) throw new Error('no peer id')

const listen = async (server: Server): Promise<Endpoint> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** A peer at a tracker of which each request gets the next of `answers`, and the ports from which they came. */
const introducedBy = async (
  answers: readonly JsonObject[],
): Promise<{ rendezvous: Rendezvous; ports: number[] }> => {
  const left = [...answers]
  const ports: number[] = []
  const endpoint = await listen(
    createServer((socket) => {
      ports.push(socket.remotePort ?? 0)
      const handle = (): JsonObject => left.shift() ?? { OP_CODE: 320, RET_CODE: 400 }
      serveJson(socket, { maxRequest: 65_536, handle, onDefect: () => undefined })
    }),
  )
  const sender = { peerId: target, host: '127.0.0.1', port: 1, wires: [] }
  const link = new TrackerLink(endpoint, sender, silentLogger, await makeKeyCertificate())
  return { rendezvous: new Rendezvous(link, Math.random), ports }
}

const told = (endpoint: Endpoint): JsonObject => ({ OP_CODE: 320, RET_CODE: 200, ...encodePunch(endpoint) })

test('F5 a punch to which nothing answers is made again from another port', async () => {
  const reached = await listen(createServer(() => undefined))
  // Its port is taken, so that nobody else listens there meanwhile, and refuses.
  const holder = connect({ ...reached })
  ends.push(() => holder.destroy())
  await once(holder, 'connect')
  const refused = { host: '127.0.0.1', port: holder.localPort ?? 0 }
  const { rendezvous, ports } = await introducedBy([told(refused), told(reached)])
  const socket = await rendezvous.punch(target, new AbortController().signal)
  ends.push(() => socket.destroy())
  expect(socket.remotePort).toBe(reached.port)
  expect(detourOf(socket)).toBe('punched')
  expect(new Set(ports).size).toBe(2)
  expect(socket.localPort).toBe(ports[1])
})

test('F5 a punch that stands is made once', async () => {
  const reached = await listen(createServer(() => undefined))
  const { rendezvous, ports } = await introducedBy([told(reached), told(reached)])
  const socket = await rendezvous.punch(target, new AbortController().signal)
  ends.push(() => socket.destroy())
  expect(socket.localPort).toBe(ports[0])
  expect(ports).toHaveLength(1)
})

test('F5 a peer that the tracker does not know is not asked for again', async () => {
  const { rendezvous, ports } = await introducedBy([{ OP_CODE: 320, RET_CODE: 404 }])
  await expect(rendezvous.punch(target, new AbortController().signal)).rejects.toThrow(NotThere)
  expect(ports).toHaveLength(1)
})
