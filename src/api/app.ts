import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Socket } from 'node:net'
import type { ShoalPeer } from '../node/api.js'
import { ShoalError } from '../protocol/errors.js'
import type { Logger } from '../support/log.js'
import type { Problem } from './contract.js'
import { refusalOf } from './guard.js'
import { problemOf, problemOfThrown, PROBLEM_TYPE } from './problem.js'
import { routes } from './routes/routes.js'

/** A request has no body and a few hundred bytes of headers; a browser with cookies of localhost sends some KiB. */
const MAX_HEADERS = 16 * 1024
const MAX_BODY = 1024

/** An id has 64 digits at most; what is longer is answered as any other that is unknown, up to this. */
const MAX_PARAMETER = 1024

/** Connections at once: a page, some commands, and room. */
const MAX_CONNECTIONS = 64

/** How long a request may take to arrive, and an idle connection stays, in milliseconds. */
const REQUEST_TIME = 5_000
const IDLE_TIME = 5_000

/** How long an answer may take: to stop a torrent tells a tracker that may be slow. Milliseconds. */
const ANSWER_TIME = 60_000

/** An answer is data for whoever asked: never cached, never taken for a page, never put into one. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const

const send = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply.code(problem.status).headers(HEADERS).type(PROBLEM_TYPE).send(problem)

/** Answers what is not even HTTP, and hangs up. */
const refuseBytes = (_error: unknown, socket: Socket): void => {
  const body = JSON.stringify(problemOf(new ShoalError('REQUEST_INVALID', 'This is no HTTP request')))
  if (!socket.writable) return
  const length = Buffer.byteLength(body)
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** Problems of addresses that no route can have come about before any hook. */
const refuseAddress = (error: Error, { headers }: FastifyRequest, reply: FastifyReply): void => {
  void send(reply, problemOfThrown(refusalOf(headers) ?? error))
}

const bounded = (): FastifyInstance => {
  const app = fastify({
    bodyLimit: MAX_BODY,
    clientErrorHandler: refuseBytes,
    connectionTimeout: ANSWER_TIME,
    exposeHeadRoutes: false,
    frameworkErrors: refuseAddress,
    forceCloseConnections: true,
    http: { maxHeaderSize: MAX_HEADERS, headersTimeout: REQUEST_TIME, connectionsCheckingInterval: 1000 },
    keepAliveTimeout: IDLE_TIME,
    requestTimeout: REQUEST_TIME,
    routerOptions: { maxParamLength: MAX_PARAMETER },
  })
  app.server.maxConnections = MAX_CONNECTIONS
  // No route takes a body, so one of any type is refused before it is read.
  app.removeAllContentTypeParsers()
  return app
}

/** The API of `peer` as a server that does not listen yet. */
export const createApp = (peer: ShoalPeer, logger: Logger): FastifyInstance => {
  const app = bounded()
  app.addHook('onRequest', async ({ headers }, reply) => {
    reply.headers(HEADERS)
    const refusal = refusalOf(headers)
    if (refusal !== undefined) throw refusal
  })
  app.setNotFoundHandler(({ method }, reply) =>
    send(reply, problemOf(new ShoalError('REQUEST_INVALID', `There is nothing here to ${method}`), 404)),
  )
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOfThrown(error)
    if (problem.code === 'INTERNAL')
      logger.error(() => `A request of the HTTP API failed: ${error instanceof Error ? error.stack : ''}`)
    return send(reply, problem)
  })
  for (const { method, url, answer } of routes)
    app.route<{ Params: { id?: string } }>({
      method,
      url,
      handler: async ({ params }) => answer(peer, params.id ?? ''),
    })
  return app
}
