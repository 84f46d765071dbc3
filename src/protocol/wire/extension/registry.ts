import type { ExtendedMessage } from '../message.js'
import { decodeDontHave, encodeDontHave, type DontHaveMessage } from './dontHave.js'
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  HANDSHAKE_ID,
  type ExtensionHandshake,
} from './handshake.js'
import { decodeMetadata, encodeMetadata, type MetadataMessage, type OtherMetadata } from './metadata.js'
import { EXTENSION_NAMES, type ExtensionName } from './name.js'
import { decodePex, encodePex, type PexMessage } from './pex.js'

/** What each extension says. */
interface Sent {
  readonly ut_metadata: MetadataMessage
  readonly ut_pex: PexMessage
  readonly lt_donthave: DontHaveMessage
}
interface Received extends Omit<Sent, 'ut_metadata'> {
  readonly ut_metadata: MetadataMessage | OtherMetadata
}

interface Extension<Name extends ExtensionName> {
  /** What Shoal calls it in its own handshake, and so what others call it when they send it. */
  readonly id: number
  readonly encode: (message: Sent[Name]) => Uint8Array
  /** Undefined when the payload is not of the extension. */
  readonly decode: (payload: Uint8Array) => Received[Name] | undefined
}

/** Every extension but the handshake: a new one is a file, a name and a line here. */
const REGISTRY: { readonly [Name in ExtensionName]: Extension<Name> } = {
  ut_metadata: { id: 1, encode: encodeMetadata, decode: decodeMetadata },
  ut_pex: { id: 2, encode: encodePex, decode: decodePex },
  lt_donthave: { id: 3, encode: encodeDontHave, decode: decodeDontHave },
}

type Named<Messages extends Sent | Received, Names extends ExtensionName = ExtensionName> = {
  [Name in Names]: { readonly name: Name; readonly message: Messages[Name] }
}[Names]

/** What an extended message turns out to be; `unknown` and `malformed` have the id by which it came. */
export type ReceivedExtension =
  | Named<Received>
  | { readonly name: 'handshake'; readonly message: ExtensionHandshake }
  | { readonly name: 'unknown' | 'malformed'; readonly id: number }

/** What a peer calls the extensions that it and Shoal know. */
export type ExtensionIds = ReadonlyMap<ExtensionName, number>

/** What Shoal calls `names`: `extensions` of its handshake. A private torrent has no ut_pex (BEP 27). */
export const ownExtensions = (names: readonly ExtensionName[] = EXTENSION_NAMES): ExtensionIds =>
  new Map(names.map((name) => [name, REGISTRY[name].id]))

/** `known` with what a handshake tells: it names only changes, and 0 turns an extension off (BEP 10 "handshake message"). */
export const mergeExtensions = (known: ExtensionIds, told: ExtensionIds): ExtensionIds =>
  new Map([...known, ...told].filter(([name]) => told.get(name) !== 0))

/** The extended message of a handshake. */
export const extensionHandshakeMessage = (handshake: ExtensionHandshake): ExtendedMessage => ({
  kind: 'extended',
  id: HANDSHAKE_ID,
  payload: encodeExtensionHandshake(handshake),
})

/** The extended message for a peer that calls the extensions `ids`; undefined when it does not know this one. */
export const extensionMessage = <Name extends ExtensionName>(
  ids: ExtensionIds,
  { name, message }: Named<Sent, Name>,
): ExtendedMessage | undefined => {
  const id = ids.get(name)
  if (id === undefined) return undefined
  return { kind: 'extended', id, payload: REGISTRY[name].encode(message) }
}

const orMalformed = (received: ReceivedExtension | undefined, id: number): ReceivedExtension =>
  received ?? { name: 'malformed', id }

const decodeHandshake = (payload: Uint8Array): ReceivedExtension | undefined => {
  const message = decodeExtensionHandshake(payload)
  return message && { name: 'handshake', message }
}

const decodeNamed = (name: ExtensionName, payload: Uint8Array): ReceivedExtension | undefined => {
  const message = REGISTRY[name].decode(payload)
  // The row of `name` decodes what Received has under `name`, which a union of rows cannot say.
  return message && ({ name, message } as Named<Received>)
}

/** What was received. Bytes in it may be views of the payload, which the wire's decoder uses again. */
export const decodeExtended = ({ id, payload }: ExtendedMessage): ReceivedExtension => {
  if (id === HANDSHAKE_ID) return orMalformed(decodeHandshake(payload), id)
  const name = EXTENSION_NAMES.find((candidate) => REGISTRY[candidate].id === id)
  return name === undefined ? { name: 'unknown', id } : orMalformed(decodeNamed(name, payload), id)
}
