import { connect, type Socket } from 'node:net'
import type { Endpoint, Ticket } from '../../protocol/ids.js'
import { encodeRelayJoin } from '../../protocol/json/reachRequest.js'
import { retOf } from '../../protocol/json/answer.js'
import { RELAY_JOIN_TIME } from '../../protocol/limits.js'
import { parseAnswer } from '../parseAnswer.js'

/** Bytes of the longest answer to JOIN_RELAY. */
const MAX_ANSWER = 1024
const NEWLINE = 0x0a

/**
 * Joins a relay, from an address of this machine where one is given. The answer ends with its newline, and what follows is of the other side.
 *
 * @throws Error where the relay cannot be reached, refuses, or the other side does not come
 */
export const joinRelay = (
  relay: Endpoint,
  ticket: Ticket,
  signal: AbortSignal,
  localAddress?: string,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ ...relay, ...(localAddress !== undefined && { localAddress }) })
    let seen: Buffer = Buffer.alloc(0)
    const settle = (end: () => void): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
      socket.off('readable', read)
      socket.off('close', closed)
      end()
    }
    const fail = (why: string): void =>
      settle(() => {
        socket.destroy()
        reject(new Error(why))
      })
    const leave = (): void => fail('the relay cannot be reached')
    const broken = (): void => {
      socket.destroy()
      leave()
    }
    const closed = (): void => fail('the relay closed the connection')
    const read = (): void => {
      const part = socket.read() as Buffer | null
      if (part === null) return
      seen = Buffer.concat([seen, part])
      const end = seen.indexOf(NEWLINE)
      if (end < 0 || end > MAX_ANSWER)
        return seen.length > MAX_ANSWER ? fail('the relay answers nonsense') : undefined
      const answer = parseAnswer(seen.subarray(0, end))
      if (answer === undefined || retOf(answer) !== 'SUCCESS') return fail('the relay refuses')
      settle(() => {
        const rest = seen.subarray(end + 1)
        if (rest.length > 0) socket.unshift(rest)
        resolve(socket)
      })
    }
    const timer = setTimeout(() => fail('the relay does not answer'), RELAY_JOIN_TIME)
    socket.setNoDelay(true)
    socket.on('readable', read)
    socket.on('close', closed)
    // It stays, until somebody takes the connection over.
    socket.on('error', broken)
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()
    else socket.write(`${JSON.stringify(encodeRelayJoin(ticket))}\n`)
  })
