import { get as getHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { get as getHttps } from 'node:https'
import { addressScope } from '../../support/addressScope.js'
import type { WebAgents } from './webAgents.js'
import { WebFault } from './webFault.js'

/** Redirects followed: one to a canonical host, one to https, one to a mirror, one of spare. */
const MAX_REDIRECTS = 4
/** Bytes of the page that comes with a redirect and is read, so that the connection can be used again. */
const MAX_PAGE = 16 * 1024

const SCHEMES = ['http:', 'https:']
const REDIRECTS = [301, 302, 303, 307, 308]
/** What befalls a request on a connection that the server closed while it was idle. */
const STALE = ['ECONNRESET', 'EPIPE']

interface Ask {
  readonly headers: OutgoingHttpHeaders
  readonly agents: WebAgents
  readonly signal: AbortSignal
}

interface Answer {
  readonly message: IncomingMessage
  /** Whether the server is of this machine or a private network. */
  readonly isLocal: boolean
}

/**
 * Asks for `url`, which a stranger named, and follows redirects; resolves to the answer's head.
 *
 * This machine and private networks are asked for plain paths alone, without a query or credentials, and not because a
 * server of the Internet redirects there.
 *
 * @throws WebFault, or the error of the connection
 */
export const openWeb = async (url: string, ask: Ask): Promise<IncomingMessage> => {
  let target = new URL(url)
  let mayBeLocal = true
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const { message, isLocal } = await send(target, mayBeLocal && isPlain(target), ask)
    const { location } = message.headers
    if (location === undefined || !REDIRECTS.includes(message.statusCode ?? 0)) return message
    drain(message)
    mayBeLocal &&= isLocal
    target = redirected(location, target)
  }
  throw new WebFault('refused', `it redirects more than ${MAX_REDIRECTS} times`)
}

const isPlain = ({ search, username, password }: URL): boolean => `${search}${username}${password}` === ''

const redirected = (location: string, from: URL): URL => {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (target === undefined || !SCHEMES.includes(target.protocol))
    throw new WebFault('refused', 'it redirects to what is no web address')
  return target
}

/** Sends the request; once more where it met a connection that had been closed while it was idle. */
const send = (target: URL, mayBeLocal: boolean, ask: Ask): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const get = target.protocol === 'https:' ? getHttps : getHttp
    const agent = ask.agents.agentFor(target, mayBeLocal)
    let isAnswered = false
    const request = get(target, { agent, headers: ask.headers }, (message) => {
      isAnswered = true
      ask.signal.removeEventListener('abort', abort)
      message.on('error', () => undefined)
      resolve({ message, isLocal: addressScope(message.socket.remoteAddress ?? '') === 'local' })
    })
    // Not the request's own signal: it would end the connection even after that was given to another request.
    const abort = (): void => void request.destroy(new Error('it is no longer wanted'))
    ask.signal.addEventListener('abort', abort, { once: true })
    request.on('error', (error: NodeJS.ErrnoException) => {
      ask.signal.removeEventListener('abort', abort)
      const isStale = request.reusedSocket && STALE.includes(error.code ?? '')
      if (isStale && !isAnswered && !ask.signal.aborted) resolve(send(target, mayBeLocal, ask))
      else reject(error)
    })
  })

const drain = (message: IncomingMessage): void => {
  const length = message.headers['content-length']
  if (length !== undefined && Number(length) <= MAX_PAGE) message.resume()
  else message.destroy()
}
