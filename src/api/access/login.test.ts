import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Endpoint } from '../../protocol/ids.js'
import { ask, open, temporaryFolder } from '../testApi.contract.js'
import { Access, type Caller } from './access.js'
import { AccessFile } from './accessFile.js'
import { LoginLimit } from './loginLimit.js'
import { SESSION_TIME, Sessions } from './sessions.js'

const ELSEWHERE = { host: '192.0.2.1:8080' }
const code = (code: string) => expect.objectContaining({ code }) as unknown

const login = (endpoint: Endpoint, password: string) =>
  ask(endpoint, {
    method: 'POST',
    path: '/api/session',
    headers: { ...ELSEWHERE, 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  })

const cookieOf = ({ headers }: Awaited<ReturnType<typeof ask>>): string => headers['set-cookie']?.[0] ?? ''

test('a password lets a browser in from elsewhere, by a cookie no script and no other site has, until it logs out', async () => {
  const { endpoint, password = '' } = await open({ endpoint: { host: '0.0.0.0', port: 0 } })
  const at = { ...endpoint, host: '127.0.0.1' }
  const answer = await login(at, password)
  expect(answer.status).toBe(200)
  const cookie = cookieOf(answer)
  expect(cookie).toMatch(/^shoal-[0-9a-f]{8}=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/)
  const [pair = ''] = cookie.split(';')
  const headers = { ...ELSEWHERE, cookie: `other=1; ${pair}` }
  expect(JSON.parse((await ask(at, { path: '/api/session', headers })).text)).toMatchObject({
    by: 'password',
  })
  expect((await ask(at, { headers })).status).toBe(200)
  const end = await ask(at, { method: 'DELETE', path: '/api/session', headers })
  expect(cookieOf(end)).toContain('Max-Age=0')
  expect((await ask(at, { headers })).status).toBe(401)
})

test('over HTTPS the cookie is for HTTPS alone, and the certificate is the one that was said', async () => {
  const state = await temporaryFolder()
  const certificate = { kind: 'self-signed', state, names: ['nas.example'] } as const
  const { fingerprint, scheme, endpoint } = await open({ state, certificate })
  expect(scheme).toBe('https')
  const { ApiClient } = await import('../client.js')
  expect(await new ApiClient({ endpoint, fingerprint }).status()).toMatchObject({ transferCount: 0 })
  const wrong = new ApiClient({ endpoint, fingerprint: 'AA:'.repeat(32).slice(0, -1) })
  await expect(wrong.status()).rejects.toThrow(/another fingerprint/)
  expect((await open({ state, certificate })).fingerprint).toBe(fingerprint)
  const other = { ...certificate, names: ['other.example'] }
  expect((await open({ state, certificate: other })).fingerprint).not.toBe(fingerprint)
  const access = new Access({ state, peerId: '0'.repeat(32), scheme, now: () => 0 })
  await new AccessFile(state).setPassword('correct horse')
  expect(await access.login('192.0.2.9', 'correct horse')).toMatch(/; SameSite=Strict; Secure$/)
})

test('guesses are counted by address, and a guess that must wait says for how long', async () => {
  const { endpoint } = await open({ endpoint: { host: '0.0.0.0', port: 0 } })
  const at = { ...endpoint, host: '127.0.0.1' }
  for (let guess = 0; guess < 5; guess++) expect((await login(at, `guess ${guess}`)).status).toBe(401)
  const late = await login(at, 'guess')
  expect(late).toMatchObject({ status: 429, headers: { 'retry-after': '30' } })
  expect(cookieOf(late)).toBe('')
})

test('an address may guess again after a while, others at once, and few passwords are hashed at a time', async () => {
  const limit = new LoginLimit()
  const guess = (address: string, now: number) => limit.try(address, now, async () => true)
  for (let count = 0; count < 5; count++) expect(await guess('192.0.2.1', 0)).toBe(true)
  expect(await guess('192.0.2.1', 29_999)).toBeUndefined()
  expect(await guess('192.0.2.2', 0)).toBe(true)
  expect(await guess('192.0.2.1', 60_000)).toBe(true)
  for (let count = 0; count < 5; count++) expect(await guess(`2001:db8:1:2::${count}`, 0)).toBe(true)
  expect(await guess('2001:db8:1:2::9', 0)).toBeUndefined()
  for (let count = 1; count < 6; count++) expect(await guess(`2001:db8::${count}:2:3:4`, 0)).toBe(true)
  expect(await guess('2001:db8::9:2:3:4', 0)).toBeUndefined()
  for (let count = 1; count < 6; count++) expect(await guess('::ffff:192.0.2.7', 0)).toBe(true)
  expect(await guess('::ffff:192.0.2.7', 0)).toBeUndefined()
  expect(await guess('::ffff:192.0.2.8', 0)).toBe(true)
  const gates: (() => void)[] = []
  const slow = () =>
    limit.try(`10.0.0.${gates.length}`, 0, () => new Promise<void>((resolve) => gates.push(resolve)))
  const running = [slow(), slow()]
  expect(await limit.try('10.0.1.1', 0, async () => true)).toBeUndefined()
  for (const open of gates) open()
  await Promise.all(running)
  expect(await limit.try('10.0.1.1', 0, async () => true)).toBe(true)
})

test('logins are bounded in number and time', () => {
  const sessions = new Sessions()
  const [first, ...others] = Array.from({ length: 101 }, () => sessions.begin('salt', 0))
  expect(sessions.size).toBe(100)
  expect(sessions.find(first ?? '', 'salt', 1)).toBeUndefined()
  const last = others.at(-1) ?? ''
  expect(sessions.find(last, 'salt', SESSION_TIME - 1)).toBeDefined()
  expect(sessions.find(last, 'another', 1)).toBeUndefined()
  expect(sessions.find(last, undefined, 1)).toBeUndefined()
  expect(sessions.find(last, 'salt', SESSION_TIME)).toBeUndefined()
  sessions.begin('salt', SESSION_TIME)
  expect(sessions.size).toBe(1)
})

/** A request from elsewhere, as Access sees it. */
const from = (headers: Record<string, string>) =>
  ({ headers: { ...ELSEWHERE, ...headers }, socket: { remoteAddress: '192.0.2.7' } }) as never

test('a new password ends all logins and a revoked token lets nobody in, while the peer runs', async () => {
  const state = await temporaryFolder()
  const file = new AccessFile(state)
  let now = 0
  const access = new Access({ state, peerId: '0'.repeat(32), scheme: 'http', now: () => (now += 2_000) })
  const password = (await access.firstPassword()) ?? ''
  expect(await access.firstPassword()).toBeUndefined()
  const token = await file.newToken('laptop', 0)
  const callers = async (headers: Record<string, string>): Promise<Caller['by'] | undefined> =>
    (await access.callerOf(from(headers)))?.by
  const cookie = (await access.login('192.0.2.7', password)).split(';')[0] ?? ''
  const authorization = `Bearer ${token}`
  expect(await callers({ cookie })).toBe('password')
  expect(await callers({ authorization })).toBe('token')
  await file.newPassword()
  expect(await callers({ cookie })).toBeUndefined()
  await expect(access.login('192.0.2.7', password)).rejects.toThrow(code('UNAUTHORIZED'))
  await file.revokeToken('laptop')
  expect(await callers({ authorization })).toBeUndefined()
  await expect(file.revokeToken('laptop')).rejects.toThrow(code('USAGE'))
})

test('where what is kept is damaged nobody gets in', async () => {
  const state = await temporaryFolder()
  for (const text of ['', '{', '{"tokens":1}', '{"tokens":[{"name":"x"}]}', '[]']) {
    await writeFile(join(state, 'http-access.json'), text)
    await expect(new AccessFile(state).read()).rejects.toThrow(code('CONFIG_INVALID'))
  }
})
