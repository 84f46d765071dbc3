import { networkInterfaces } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { FakeTransfer } from '../../../test/cli/fakePeer.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { ListedRoute } from '../context.js'
import { createApi, openApi } from '../server.js'
import { apiOptions, ask, fakePeer, temporaryFolder } from '../testApi.contract.js'
import { AccessFile } from './accessFile.js'

/** What may be asked without a login: to log in. */
const PUBLIC = ['POST /api/session']

/** An address of this machine that others reach. */
const [OWN_ADDRESS] = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address)

/** fastify's own list of what is there, so that no route is forgotten; and some that are none. */
const everyRoute = async (): Promise<readonly ListedRoute[]> => {
  const { app } = await createApi(await apiOptions())
  onTestFinished(() => app.close())
  expect(app.listedRoutes.length).toBeGreaterThan(20)
  const nothing = { method: 'GET', url: '/api/nothing' }
  const broken = { method: 'GET', url: '/api/torrents/%zz/peers' }
  const long = { method: 'POST', url: `/api/torrents/${'a'.repeat(2000)}/stop` }
  return [...app.listedRoutes, nothing, broken, long]
}

const pathOf = (url: string): string =>
  url
    .replace(':id', '3')
    .replace(/:[a-z]+/gi, '0')
    .replaceAll('*', 'x')

const opened = async (host: string) => {
  const state = await temporaryFolder()
  const peer = fakePeer()
  const transfer = new FakeTransfer({})
  peer.transfers.push(transfer)
  const token = await new AccessFile(state).newToken('test', 0)
  const api = await openApi(await apiOptions({ state, peer, endpoint: { host, port: 0 } }))
  onTestFinished(() => api.close())
  const isUntouched = (): boolean => peer.asked.length === 0 && !transfer.isStopped
  return { endpoint: { host: '127.0.0.1', port: api.endpoint.port }, token, isUntouched }
}

/** What each route answers to a request with `headers`. */
const answers = async (endpoint: Endpoint, headers: Record<string, string>) => {
  const found: { route: string; status: number; text: string }[] = []
  for (const { method, url } of await everyRoute()) {
    const { status, text } = await ask(endpoint, { method, path: pathOf(url), headers })
    found.push({ route: `${method} ${url}`, status, text })
  }
  return found
}

const foreign = [
  { host: 'evil.example' },
  { host: 'evil.example:8080' },
  { origin: 'http://evil.example' },
  { origin: 'null' },
  { origin: 'http://localhost:1' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
] as const

test.each(foreign)('every route refuses %j, with a login too', async (headers) => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const { endpoint, token, isUntouched } = await opened(host)
    for (const more of [{}, { authorization: `Bearer ${token}` }])
      for (const { route, status, text } of await answers(endpoint, { ...headers, ...more })) {
        expect([route, status]).toEqual([route, 403])
        if (!route.startsWith('HEAD')) expect(JSON.parse(text)).toMatchObject({ code: 'FORBIDDEN' })
        expect(text).not.toContain('film')
      }
    expect(isUntouched()).toBe(true)
  }
})

/** Callers from elsewhere, and from here for a name that leads elsewhere, have no login by one of these. */
const strangers: readonly Record<string, string>[] = [
  {},
  { authorization: 'Bearer shoal_wrong' },
  { authorization: 'Basic c2hvYWw6c2hvYWw=' },
  { cookie: 'shoal-01234567=wrong' },
  { cookie: 'shoal-01234567=' },
]

const expectLoginWanted = async (endpoint: Endpoint, headers: Record<string, string>): Promise<void> => {
  for (const { route, status } of await answers(endpoint, headers))
    if (PUBLIC.includes(route)) expect([route, status]).toEqual([route, 400])
    else if (/%zz|aaaa/.test(route)) expect([route, [400, 414].includes(status)]).toEqual([route, true])
    else expect([route, status]).toEqual([route, 401])
}

test.each(strangers)('every route refuses %j from any address but loopback', async (headers) => {
  const { endpoint, isUntouched } = await opened('0.0.0.0')
  await expectLoginWanted(endpoint, { host: '192.0.2.1:8080', ...headers })
  for (const proxied of ['x-forwarded-for', 'forwarded'])
    await expectLoginWanted(endpoint, { [proxied]: 'for=192.0.2.2', ...headers })
  expect(isUntouched()).toBe(true)
})

test.skipIf(OWN_ADDRESS === undefined)(
  'every route refuses who comes by an address of the network',
  async () => {
    const { endpoint, isUntouched } = await opened('0.0.0.0')
    await expectLoginWanted({ ...endpoint, host: OWN_ADDRESS ?? '' }, {})
    expect(isUntouched()).toBe(true)
  },
)

test('with a token none refuses', async () => {
  const { endpoint, token } = await opened('0.0.0.0')
  const headers = { host: '192.0.2.1:8080', authorization: `Bearer ${token}` }
  for (const { route, status } of await answers(endpoint, headers))
    expect([route, [401, 403].includes(status)]).toEqual([route, false])
})
