import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { App, ApiContext } from '../context.js'

/** Its own scripts and styles and nothing else; it asks this API alone. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Describes every route that is added from now on: at /api/docs to people, at /api/docs/json as OpenAPI. */
export const addDocs = async (app: App, { version }: ApiContext): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Shoal', version, description: 'The HTTP API of a running peer.' },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'made by shoal token' } },
      },
      security: [{ token: [] }],
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: POLICY,
    uiConfig: { deepLinking: false, validatorUrl: null },
  })
}
