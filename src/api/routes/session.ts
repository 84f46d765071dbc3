import { Type } from 'typebox'
import { Login, SessionDocument } from '../contract.js'
import type { Routes } from '../context.js'
import { answering } from './schema.js'
import type { Caller } from '../access/access.js'

const sessionDocument = (caller: Caller): SessionDocument => ({
  by: caller.by,
  expiresAt: caller.by === 'password' ? caller.expiresAt : undefined,
})

export const addSession: Routes = (app, { access }) => {
  app.post(
    '/api/session',
    {
      schema: { ...answering('Logs in: the answer sets a cookie.', Type.Object({})), body: Login },
      config: { isPublic: true },
    },
    async ({ body, ip }, reply) => {
      void reply.header('set-cookie', await access.login(ip, body.password))
      return {}
    },
  )
  app.get(
    '/api/session',
    { schema: answering('Why the caller may use the API.', SessionDocument) },
    async ({ caller }) => sessionDocument(caller ?? { by: 'loopback' }),
  )
  app.delete(
    '/api/session',
    { schema: answering('Logs out.', Type.Object({})) },
    async ({ caller }, reply) => {
      if (caller !== undefined) void reply.header('set-cookie', access.logout(caller))
      return {}
    },
  )
}
