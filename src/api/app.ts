import { fastify, type FastifyReply, type FastifyRequest } from 'fastify'
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { ShoalError } from '../protocol/errors.js'
import { RETRY_AFTER } from './access/loginLimit.js'
import { refusalOf } from './access/guard.js'
import type { ApiContext, App } from './context.js'
import type { Problem } from './contract.js'
import { addPages, isPagePath } from './pages.js'
import { problemOf, problemOfThrown, PROBLEM_TYPE } from './problem.js'
import { addRoutes } from './routes/routes.js'

/** A request has a few hundred bytes of headers; a browser with cookies of localhost sends some KiB. */
const MAX_HEADERS = 16 * 1024

/** A body of JSON: a magnet link has some kilobytes, 1,000 globs a few tens. What takes more says so. */
const MAX_BODY = 128 * 1024

/** An id has 64 digits at most; what is longer is answered as any other that is unknown, up to this. */
const MAX_PARAMETER = 1024

/** Connections at once: some pages with six each, some players and commands. */
const MAX_CONNECTIONS = 256

/** How long a request may take to arrive, and an idle connection stays, in milliseconds. */
const REQUEST_TIME = 5_000
const IDLE_TIME = 5_000

/** How long nothing may move while an answer is made: to stop a torrent tells a tracker that may be slow. Milliseconds. */
const ANSWER_TIME = 60_000

/** An answer is data for whoever asked: never cached, never taken for a page, never put into one. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/** What is left of a body that nobody reads is not waited for: the connection ends with the answer. */
const send = (request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply => {
  if (hasBody(request) && !request.raw.complete) void reply.header('connection', 'close')
  if (problem.status === 429) void reply.header('retry-after', RETRY_AFTER)
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
  return reply.code(problem.status).headers(HEADERS).type(PROBLEM_TYPE).send(problem)
}

/** Answers what is not even HTTP, and hangs up. */
const refuseBytes = (_error: unknown, socket: Socket): void => {
  const body = JSON.stringify(problemOf(new ShoalError('REQUEST_INVALID', 'This is no HTTP request')))
  if (!socket.writable) return
  const length = Buffer.byteLength(body)
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/** Certificate and key, both PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

const createServer = (handler: RequestListener, certificate: Certificate | undefined): Server => {
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADERS,
    headersTimeout: REQUEST_TIME,
    // Of bodies each route says how long they may take.
    requestTimeout: 0,
    keepAliveTimeout: IDLE_TIME,
    connectionsCheckingInterval: 1000,
  }
  const server =
    certificate === undefined
      ? createHttpServer(options, handler)
      : createHttpsServer({ ...options, ...certificate, minVersion: 'TLSv1.2' }, handler)
  server.maxConnections = MAX_CONNECTIONS
  server.setTimeout(ANSWER_TIME)
  return server
}

const bounded = ({ door }: ApiContext, certificate: Certificate | undefined): App => {
  /** Problems of addresses that no route can have come about before any hook. */
  const refuseAddress = (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    void send(request, reply, problemOfThrown(refusalOf(request.headers, door) ?? error))
  }
  const app: App = fastify({
    ajv: { customOptions: { removeAdditional: false } },
    bodyLimit: MAX_BODY,
    clientErrorHandler: refuseBytes,
    exposeHeadRoutes: false,
    frameworkErrors: refuseAddress,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER },
    serverFactory: (handler) => createServer(handler, certificate),
  })
  app.removeContentTypeParser('text/plain')
  app.decorate('listedRoutes', [])
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) app.listedRoutes.push({ method: one, url })
  })
  return app
}

/** A body that drips in is not waited for. */
const boundBody = (request: FastifyRequest): void => {
  const { raw, routeOptions } = request
  if (!hasBody(request) || routeOptions.config.isStream === true) return
  const timer = setTimeout(() => raw.destroy(), REQUEST_TIME)
  raw.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer))
}

/** A page holds nothing of anybody, so it may be shown to who has yet to log in, and be come to from elsewhere. */
const isForPage = ({ is404, method, url }: FastifyRequest): boolean =>
  is404 && (method === 'GET' || method === 'HEAD') && isPagePath(url)

const refusal = (request: FastifyRequest, { door }: ApiContext): ShoalError | undefined => {
  const { headers } = request
  const isVisit = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  if (!isVisit || !isForPage(request)) return refusalOf(headers, door)
  return refusalOf({ host: headers.host }, door)
}

const guard = (app: App, context: ApiContext): void => {
  app.decorateRequest('caller', undefined)
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS)
    boundBody(request)
    const refused = refusal(request, context)
    if (refused !== undefined) throw refused
    if (request.routeOptions.config.isPublic === true || isForPage(request)) return
    request.caller = await context.access.callerOf(request.raw)
    if (request.caller === undefined) throw new ShoalError('UNAUTHORIZED', 'There is no login')
  })
}

/** The API as a server that does not listen yet. */
export const createApp = async (context: ApiContext, certificate?: Certificate): Promise<App> => {
  const app = bounded(context, certificate)
  guard(app, context)
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOfThrown(error)
    if (problem.code === 'INTERNAL')
      context.logger.error(
        () => `A request of the HTTP API failed: ${error instanceof Error ? error.stack : ''}`,
      )
    return send(request, reply, problem)
  })
  addPages(app, context.pages, (request, reply) =>
    send(
      request,
      reply,
      problemOf(new ShoalError('REQUEST_INVALID', `There is nothing here to ${request.method}`), 404),
    ),
  )
  await addRoutes(app, context)
  await app.ready()
  return app
}
