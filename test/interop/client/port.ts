import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Endpoint } from './client.js'

/**
 * Ports below those that the system gives out by itself (from 32,768 on under Linux), so that nobody comes by one between
 * the look and the client's start; each process of a run begins elsewhere.
 */
const FIRST = 10_000
const COUNT = 20_000
let next = (process.pid * 97) % COUNT

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** A port that was free a moment ago, for clients that cannot choose one themselves. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + (next++ % COUNT)
    if (await isFree(port)) return port
  }
  throw new Error('no port is free')
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
