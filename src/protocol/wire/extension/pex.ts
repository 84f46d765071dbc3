import type { BencodeDict } from '../../bencode.js'
import { encodeBencode } from '../../bencode.js'
import { concatBytes } from '../../bytes.js'
import type { Endpoint } from '../../ids.js'
import { COMPACT_IPV4, COMPACT_IPV6, decodeContact, encodeContact } from '../address.js'
import { bytesOf, readDictionary } from './dictionary.js'

/**
 * Contacts taken of each field: BEP 11 allows 50 added and 50 dropped, but for the first message, which may tell of
 * every connection; 200 are as many as large clients have for one torrent. What is over is left out.
 */
const MAX_CONTACTS = 200

export interface PexPeer extends Endpoint {
  /** Bits of BEP 11: 1 prefers encryption, 2 seed, 4 uTP, 8 hole punching, 16 was connected to. */
  readonly flags: number
}

/** Whom the sender connected to and whom it lost since its last message (BEP 11); at most one a minute. */
export interface PexMessage {
  readonly added: readonly PexPeer[]
  readonly dropped: readonly Endpoint[]
}

const FAMILIES = [
  { added: 'added', flags: 'added.f', dropped: 'dropped', size: COMPACT_IPV4 },
  { added: 'added6', flags: 'added6.f', dropped: 'dropped6', size: COMPACT_IPV6 },
] as const

type Family = (typeof FAMILIES)[number]

const contactsOf = (peers: readonly Endpoint[], { size }: Family): Uint8Array =>
  concatBytes(peers.map(encodeContact).filter((contact) => contact?.length === size) as Uint8Array[])

const flagsOf = (peers: readonly PexPeer[], { size }: Family): Uint8Array =>
  Uint8Array.from(
    peers.filter((peer) => encodeContact(peer)?.length === size),
    ({ flags }) => flags,
  )

/** Peers whose host is a name, not an address, are left out. All fields are written, empty ones too. */
export const encodePex = ({ added, dropped }: PexMessage): Uint8Array =>
  encodeBencode(
    new Map(
      FAMILIES.flatMap((family): [string, Uint8Array][] => [
        [family.added, contactsOf(added, family)],
        [family.flags, flagsOf(added, family)],
        [family.dropped, contactsOf(dropped, family)],
      ]),
    ),
  )

/** The contacts of a field in order, those without a port as undefined; undefined when it is cut within one. */
const readContacts = (dict: BencodeDict, key: string, size: number): (Endpoint | undefined)[] | undefined => {
  const bytes = bytesOf(dict, key) ?? new Uint8Array(0)
  if (bytes.length % size !== 0) return undefined
  const count = Math.min(bytes.length / size, MAX_CONTACTS)
  return Array.from({ length: count }, (_, index) => {
    const contact = decodeContact(bytes.subarray(index * size, (index + 1) * size))
    return contact !== undefined && contact.port > 0 ? contact : undefined
  })
}

const decodeFamily = (dict: BencodeDict, family: Family): PexMessage | undefined => {
  const added = readContacts(dict, family.added, family.size)
  const dropped = readContacts(dict, family.dropped, family.size)
  if (added === undefined || dropped === undefined) return undefined
  const flags = bytesOf(dict, family.flags)
  return {
    added: added.flatMap((contact, index) => (contact ? [{ ...contact, flags: flags?.[index] ?? 0 }] : [])),
    dropped: dropped.filter((contact) => contact !== undefined),
  }
}

/** Undefined when `payload` is not of BEP 11. Contacts with port 0 are left out; missing flags count as none. */
export const decodePex = (payload: Uint8Array): PexMessage | undefined => {
  const dict = readDictionary(payload)
  if (dict === undefined) return undefined
  const [four, six] = FAMILIES.map((family) => decodeFamily(dict, family))
  if (four === undefined || six === undefined) return undefined
  return { added: [...four.added, ...six.added], dropped: [...four.dropped, ...six.dropped] }
}
