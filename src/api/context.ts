import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { ShoalPeer } from '../node/api.js'
import type { Logger } from '../support/log.js'
import type { WebPages } from '../support/webPages.js'
import type { Access, Caller } from './access/access.js'
import type { Door } from './access/guard.js'
import type { SettingDocument } from './contract.js'
import type { Events } from './events/events.js'
import type { Uploads } from './uploads.js'

/** What routes stand on. */
export interface ApiContext {
  readonly peer: ShoalPeer
  readonly access: Access
  readonly door: Door
  readonly events: Events
  readonly uploads: Uploads
  readonly pages: WebPages
  /** As the peer was started. */
  readonly settings: readonly SettingDocument[]
  /** Of Shoal. */
  readonly version: string
  readonly logger: Logger
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Adds some routes. Whatever is added is guarded, and proven to be by the test that reads fastify's own list. */
export type Routes = (app: App, context: ApiContext) => void

/** A route as fastify has it. */
export interface ListedRoute {
  readonly method: string
  readonly url: string
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that was added, by whomever. */
    readonly listedRoutes: ListedRoute[]
  }
  interface FastifyRequest {
    /** Who asks; undefined where that need not be known. */
    caller: Caller | undefined
  }
  interface FastifyContextConfig {
    /** Whether callers without a login are answered too. */
    readonly isPublic?: boolean
    /** Whether its body may take as long as it likes, as long as something comes. */
    readonly isStream?: boolean
  }
}
