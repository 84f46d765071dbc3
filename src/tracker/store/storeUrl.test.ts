import { expect, test } from 'vitest'
import { formatStoreUrl, parseStoreUrl } from './storeUrl.js'

const local = {
  kind: 'redis',
  endpoints: [{ host: 'localhost', port: 6379 }],
  isCluster: false,
  sentinelName: undefined,
  isTls: false,
  username: undefined,
  password: undefined,
  database: 0,
}
const three = ['a', 'b', 'c'].map((host) => ({ host, port: 7000 }))

test.each([
  ['memory:', { kind: 'memory' }],
  ['sqlite:', { kind: 'sqlite', path: undefined }],
  ['sqlite:/var/lib/a b.sqlite', { kind: 'sqlite', path: '/var/lib/a b.sqlite' }],
  ['redis://localhost', local],
  ['redis://localhost:6379/3', { ...local, database: 3 }],
  ['redis://[::1]:7/2', { ...local, endpoints: [{ host: '::1', port: 7 }], database: 2 }],
  ['rediss://me:a%40b@localhost', { ...local, isTls: true, username: 'me', password: 'a@b' }],
  ['redis://:secret@localhost', { ...local, password: 'secret' }],
  ['redis+cluster://a:7000,b:7000,c:7000', { ...local, endpoints: three, isCluster: true }],
  [
    'rediss+sentinel://a:7000,b:7000,c:7000/main/1',
    { ...local, endpoints: three, sentinelName: 'main', isTls: true, database: 1 },
  ],
  ['redis+sentinel://a/main', { ...local, endpoints: [{ host: 'a', port: 26379 }], sentinelName: 'main' }],
])('%s is understood', (text, expected) => {
  expect(parseStoreUrl(text)).toEqual(expected)
})

test('what is formatted is read as the same, without who may enter', () => {
  for (const text of [
    'memory:',
    'sqlite:',
    'sqlite:a',
    'redis://a:1/2',
    'rediss+cluster://a:1,[::1]:2',
    'redis+sentinel://a:1/b%20c/3',
  ]) {
    const url = parseStoreUrl(text)
    expect(url && formatStoreUrl(url)).toBe(text)
  }
  const secret = parseStoreUrl('redis://me:secret@a:1')
  expect(secret && formatStoreUrl(secret)).toBe('redis://a:1')
})

test.each([
  'memory',
  'redis://',
  'redis://a:0',
  'redis://a:70000',
  'redis://a,b',
  'redis://a/x',
  'redis://a/1/2',
  'redis+cluster://a:1,b:2/3',
  'redis+sentinel://a:1',
  'http://a',
  '',
])('%j is no store', (text) => {
  expect(parseStoreUrl(text)).toBeUndefined()
})
