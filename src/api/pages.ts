import type { FastifyReply, FastifyRequest } from 'fastify'
import type { WebPages } from '../support/webPages.js'
import type { App } from './context.js'

/** What the API has for itself; everything else may be a page. */
const OWN = /^\/(api|metrics)(\/|$)/

/** Whether a page may be what `url` means. */
export const isPagePath = (url: string): boolean => !OWN.test(url.replace(/\?.*$/, ''))

/** Serves the web page wherever no route is; `refuse` answers what is no page either. */
export const addPages = (
  app: App,
  pages: WebPages,
  refuse: (request: FastifyRequest, reply: FastifyReply) => FastifyReply,
): void => {
  app.setNotFoundHandler((request, reply) => {
    const { method, url, headers } = request
    const isAsked = (method === 'GET' || method === 'HEAD') && isPagePath(url)
    const answer = isAsked ? pages.answer(url.replace(/\?.*$/, ''), headers) : undefined
    if (answer === undefined) return refuse(request, reply)
    return reply.code(answer.status).headers(answer.headers).send(answer.body)
  })
}
