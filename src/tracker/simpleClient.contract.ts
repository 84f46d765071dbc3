import { once } from 'node:events'
import { connect } from 'node:net'
import type { Endpoint } from '../protocol/ids.js'
import type { JsonObject } from '../protocol/json/fields.js'

/** The peer that the protocol is made for: one request a connection, no newline, one read of 24,576 bytes. */
export const ask = async (
  endpoint: Endpoint,
  request: unknown,
  localAddress = '127.0.0.1',
): Promise<JsonObject & { readonly bytes: number }> => {
  const socket = connect({ host: '127.0.0.1', port: endpoint.port, localAddress })
  socket.write(JSON.stringify(request))
  await once(socket, 'readable')
  const [available] = [socket.readableLength]
  const read = socket.read(Math.min(available, 24_576)) as Buffer
  socket.destroy()
  return { ...(JSON.parse(read.toString()) as JsonObject), bytes: read.length }
}

/** The fields that every request carries. */
export const from = (number: number, port = 8000 + number): JsonObject => ({
  IP_ADDRESS: '10.1.1.1',
  PORT: String(port),
  PEER_ID: number.toString(16).padStart(32, '0'),
})
export const peerId = (number: number): string => number.toString(16).padStart(32, '0')
