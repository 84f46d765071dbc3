import { expect, test } from 'vitest'
import { decodeTorrentEntry, encodeListedPeer, encodePeerTable, parsePeerTable } from './answer.js'
import { FieldFault, type JsonObject } from './fields.js'

const id = (number: number): string => number.toString(16).padStart(32, '0')
const overTheWire = (object: JsonObject): JsonObject => JSON.parse(JSON.stringify(object)) as JsonObject

test('B4 a peer table keeps addresses and wires the way there and back', () => {
  const table = parsePeerTable({
    [id(1)]: { IP_ADDRESS: '10.0.0.1', PORT: 8001 },
    [id(2)]: { IP_ADDRESS: '::1', PORT: '8002', WIRES: ['bittorrent', 'json'] },
  })
  expect([...(table ?? [])]).toEqual([
    [id(1), { host: '10.0.0.1', port: 8001, wires: [] }],
    [id(2), { host: '::1', port: 8002, wires: ['json', 'bittorrent'] }],
  ])
  expect(parsePeerTable(overTheWire(encodePeerTable(table ?? new Map())))).toEqual(table)
})

test('a simple peer is listed with its address alone', () => {
  expect(overTheWire(encodeListedPeer({ host: '10.0.0.1', port: 80, wires: [] }))).toEqual({
    IP_ADDRESS: '10.0.0.1',
    PORT: '80',
  })
})

test('entries that are no peers are passed over', () => {
  const bad = [null, [], 7, {}, { IP_ADDRESS: 'a b', PORT: 1 }, { IP_ADDRESS: 'a\u001b[2J', PORT: 1 }]
  const more = [
    { IP_ADDRESS: 'a', PORT: 0 },
    { IP_ADDRESS: 'a', PORT: '65536' },
    { IP_ADDRESS: '', PORT: 1 },
  ]
  const table = Object.fromEntries([...bad, ...more].map((entry, index) => [id(index), entry]))
  expect(parsePeerTable({ ...table, short: { IP_ADDRESS: 'a', PORT: 1 } })?.size).toBe(0)
  expect(parsePeerTable([])).toBeUndefined()
})

test('a list row without its fields is a FieldFault that names the field', () => {
  expect(() => decodeTorrentEntry({ TORRENT_ID: 1, FILE_NAME: '../a', NUM_OF_CHUNKS: 1 })).toThrow(FieldFault)
  expect(() => decodeTorrentEntry({ TORRENT_ID: 1, FILE_NAME: 'a' })).toThrow('NUM_OF_CHUNKS')
})

test('a field nested deeper than any stack is a FieldFault too', () => {
  const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
  expect(() => decodeTorrentEntry({ TORRENT_ID: deep })).toThrow('TORRENT_ID is a list: expected')
  expect(() => decodeTorrentEntry({ TORRENT_ID: { a: deep } })).toThrow('TORRENT_ID is an object: expected')
  expect(() => decodeTorrentEntry({ TORRENT_ID: 'x'.repeat(50) })).toThrow(`"${'x'.repeat(39)}…`)
})
