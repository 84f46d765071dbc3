import { parseInfoHash, parsePeerId, parseTorrentId } from '../../protocol/ids.js'
import type { StoreLimits } from './limits.js'
import type { Asker, Content, Registrant, TorrentRef, TrackerMode, TrackerStore } from './store.js'

/** `number` in hexadecimal of so many digits. */
export const hex = (number: number, length: number): string => number.toString(16).padStart(length, '0')
export const there = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('not a value')
  return value
}

export const peerIdOf = (number: number) => there(parsePeerId(hex(number, 32)))
export const infoHashOf = (number: number) => there(parseInfoHash(hex(number, 64)))
export const peer = (number: number, source = '10.0.0.1'): Registrant => ({
  peerId: peerIdOf(number),
  source,
  listed: { host: source, port: 8000 + number, wires: [] },
})
/** Somebody in the network of `peer`. */
export const asker: Asker = { host: '10.0.0.9', wires: [] }

/** What a simple peer says. */
export const simple = (fileName: string): Content => ({
  fileName,
  chunks: 2,
  fileSize: undefined,
  rootHash: undefined,
  infoHash: undefined,
  infoHashV1: undefined,
  metainfo: undefined,
  files: undefined,
  isProven: false,
})
export const content = (number: number): Content => ({
  ...simple(`Film ${number}`),
  fileSize: 20_000,
  infoHash: infoHashOf(number),
})
export const proven = (number: number, metainfoBytes = 100): Content => ({
  ...content(number),
  metainfo: new Uint8Array(metainfoBytes),
  isProven: true,
})
export const ref = (number: number, infoHash?: number): TorrentRef => ({
  torrentId: there(parseTorrentId(number)),
  infoHash: infoHash === undefined ? undefined : infoHashOf(infoHash),
})

/** Opens an empty store. */
export type OpenStore = (
  limits: Partial<StoreLimits>,
  mode?: TrackerMode,
) => TrackerStore | Promise<TrackerStore>
