import { expect, test } from 'vitest'
import { formatTrackerAddress, parseTrackerAddress } from './trackerAddress.js'

const fingerprint = '0123456789abcdef'.repeat(4)

test('F2 an address says whether TLS is spoken, and by which key the tracker is known', () => {
  expect(parseTrackerAddress('nas:8888')).toEqual({ host: 'nas', port: 8888 })
  expect(parseTrackerAddress('tls://nas:8888')).toEqual({
    host: 'nas',
    port: 8888,
    tls: { fingerprint: undefined },
  })
  expect(parseTrackerAddress(`tls://[::1]:1#${fingerprint}`)).toEqual({
    host: '::1',
    port: 1,
    tls: { fingerprint },
  })
  const colons = fingerprint.toUpperCase().replace(/..(?!$)/g, '$&:')
  expect(parseTrackerAddress(`TLS://nas:1#${colons}`)?.tls).toEqual({ fingerprint })
})

test('what is written is read as the same', () => {
  for (const text of ['nas:8888', '[::1]:8888', 'tls://nas:8888', `tls://[::1]:8888#${fingerprint}`]) {
    const address = parseTrackerAddress(text)
    expect(address && formatTrackerAddress(address)).toBe(text)
  }
})

test('anything else is none', () => {
  const bad = [
    'nas',
    'nas:0',
    'nas:70000',
    'http://nas:80',
    'tls://nas',
    `nas:80#${fingerprint}`,
    'tls://nas:80#',
    'tls://nas:80#ab',
    `tls://nas:80#${fingerprint}00`,
    'tls://nas:80/',
  ]
  for (const text of bad) expect(parseTrackerAddress(text)).toBeUndefined()
})
