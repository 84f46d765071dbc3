/**
 * Identifiers, validated once where they enter; the brand is the proof that they were.
 * Hexadecimal is always lower case.
 */
declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** 32 hexadecimal characters that name a peer: of Shoal's, the beginning of its key's fingerprint. */
export type PeerId = Branded<string, 'PeerId'>
/** SHA-256 of the v2 info dictionary, 64 hexadecimal characters (BEP 52). */
export type InfoHash = Branded<string, 'InfoHash'>
/** SHA-1 of the v1 info dictionary, 40 hexadecimal characters (BEP 3). */
export type InfoHashV1 = Branded<string, 'InfoHashV1'>
/** A SHA-256 as 64 hexadecimal characters: the root of a file's merkle tree (BEP 52 "pieces root"). */
export type RootHash = Branded<string, 'RootHash'>
/** What one tracker calls a torrent: a small integer from 1, never reused. */
export type TorrentId = Branded<number, 'TorrentId'>
/** 32 hexadecimal characters, made by a tracker for one introduction: who knows it was told by that tracker. */
export type Ticket = Branded<string, 'Ticket'>

const HEX = /^[0-9a-f]+$/
const isHex = (text: string, length: number): boolean => text.length === length && HEX.test(text)

export const parsePeerId = (text: string): PeerId | undefined =>
  isHex(text.toLowerCase(), 32) ? (text.toLowerCase() as PeerId) : undefined

/** The id of who holds a key: the first half of `fingerprint`, the SHA-256 of its SubjectPublicKeyInfo in hexadecimal. */
export const peerIdOfKey = (fingerprint: string): PeerId => fingerprint.slice(0, 32) as PeerId

export const parseTicket = (text: string): Ticket | undefined =>
  isHex(text.toLowerCase(), 32) ? (text.toLowerCase() as Ticket) : undefined

export const parseInfoHash = (text: string): InfoHash | undefined =>
  isHex(text.toLowerCase(), 64) ? (text.toLowerCase() as InfoHash) : undefined

export const parseInfoHashV1 = (text: string): InfoHashV1 | undefined =>
  isHex(text.toLowerCase(), 40) ? (text.toLowerCase() as InfoHashV1) : undefined

export const parseRootHash = (text: string): RootHash | undefined =>
  isHex(text.toLowerCase(), 64) ? (text.toLowerCase() as RootHash) : undefined

export const parseTorrentId = (value: unknown): TorrentId | undefined => {
  const number = typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0
    ? (number as TorrentId)
    : undefined
}

/** Where a peer listens. */
export interface Endpoint {
  readonly host: string
  /** 1 to 65,535. */
  readonly port: number
}

export const parsePort = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && /^[0-9]{1,5}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 65_535
    ? number
    : undefined
}
