import { Type } from 'typebox'
import { ShoalError } from '../../protocol/errors.js'
import type { Routes } from '../context.js'
import { answering } from './schema.js'

const Headers = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64 })) })

/** Where a browser cannot set the header itself, at its first connection. */
const Query = Type.Object({ lastEventId: Type.Optional(Type.String({ maxLength: 64 })) })

export const addEvents: Routes = (app, { events }) => {
  app.get(
    '/api/events',
    {
      schema: {
        ...answering(
          'What changes, as server-sent events.',
          Type.String({ description: 'text/event-stream' }),
        ),
        headers: Headers,
        querystring: Query,
      },
    },
    async (request, reply) => {
      if (events.isFull) throw new ShoalError('TOO_MANY_REQUESTS', 'Too many pages listen already')
      const { raw } = reply.hijack()
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
      )
      raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
      const sink = {
        get isBehind() {
          return raw.writableNeedDrain
        },
        send: (text: string) => void raw.write(text),
      }
      const lastId = request.headers['last-event-id'] ?? request.query.lastEventId
      const end = await events.subscribe(sink, lastId)
      raw.once('close', end).on('error', () => undefined)
      if (raw.destroyed) end()
    },
  )
}
