import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import type { Endpoint } from './client.js'

/** A port that was free a moment ago, for clients that cannot choose one themselves. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** True once something accepts connections there, undefined until then. */
export const isReachable = async ({ host, port }: Endpoint): Promise<true | undefined> => {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
