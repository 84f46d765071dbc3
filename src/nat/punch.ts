import { connect, type Socket } from 'node:net'
import type { Endpoint } from '../protocol/ids.js'

/** Milliseconds that a punch may take from when both sides know of each other. */
const PUNCH_TIME = 3_000
/** Milliseconds between two attempts where a router refuses, and as many more by chance: the sides must not stay in step. */
const PAUSE = 10
const SPREAD = 30

export interface PunchOptions {
  readonly remote: Endpoint
  /** The port from which a connection to the tracker was made that saw it; more can be made from it, since it was bound. */
  readonly local: { readonly address: string; readonly port: number }
  readonly signal: AbortSignal
  readonly random: () => number
}

/**
 * Connects to a peer that connects to us at the same time (simultaneous open, RFC 9293 section 3.5): what each side sends
 * opens its own router for what the other sends. A router that refuses the first of them (RST) is tried again at once,
 * since it may be open by then.
 *
 * @throws Error when no connection stands in time, or `signal` aborts
 */
export const punch = (options: PunchOptions): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { remote, local, signal, random } = options
    let socket: Socket | undefined
    let again: NodeJS.Timeout | undefined
    const settle = (end: () => void): void => {
      clearTimeout(timer)
      clearTimeout(again)
      signal.removeEventListener('abort', fail)
      end()
    }
    const fail = (): void =>
      settle(() => {
        socket?.destroy()
        reject(new Error('the routers let nothing through'))
      })
    const timer = setTimeout(fail, PUNCH_TIME)
    const attempt = (): void => {
      const tried = connect({ ...remote, localAddress: local.address, localPort: local.port })
      socket = tried
      const retry = (): void => {
        again = setTimeout(attempt, PAUSE + SPREAD * random())
      }
      tried.once('error', retry)
      tried.once('connect', () => {
        tried.off('error', retry)
        // Until somebody takes it over.
        tried.on('error', () => tried.destroy())
        tried.setNoDelay(true)
        settle(() => resolve(tried))
      })
    }
    signal.addEventListener('abort', fail)
    if (signal.aborted) fail()
    else attempt()
  })
