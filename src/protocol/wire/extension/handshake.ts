import type { BencodeDict } from '../../bencode.js'
import { encodeBencode } from '../../bencode.js'
import { decodeUtf8 } from '../../bytes.js'
import { MAX_METAINFO } from '../../limits.js'
import { formatAddress, parseAddress } from '../address.js'
import { bytesOf, dictOf, integerOf, readDictionary } from './dictionary.js'
import { EXTENSION_NAMES, type ExtensionName } from './name.js'

/** The id of this message among the extended ones. */
export const HANDSHAKE_ID = 0

/** Bytes of a client's name; real ones have under 40. */
const MAX_CLIENT = 128

/** Requests that a peer may say it takes; at 16 KiB each 1 GiB, more than any connection has under way. */
const MAX_REQUEST_QUEUE = 65_536

/** What one side tells of itself (BEP 10 "handshake message"); it may come again, and then tells what changed. */
export interface ExtensionHandshake {
  /** `m`: what this side calls each extension; 0 turns one off. Names that Shoal does not know are left out. */
  readonly extensions: ReadonlyMap<ExtensionName, number>
  /** `v`: name and version of the client, as it says: any characters, none of them safe to show as they are. */
  readonly client?: string
  /** `p`: the TCP port on which it listens. */
  readonly port?: number
  /** `reqq`: requests that it takes before it drops some. */
  readonly requestQueue?: number
  /** `metadata_size`: bytes of the info dictionary (BEP 9 "extension header"). */
  readonly metadataSize?: number
  /** `yourip`: the address at which it sees the receiver. */
  readonly yourAddress?: string
  /** `upload_only`: wants nothing, being a seed or a partial one (BEP 21 "Extension header"); absent: as it was. */
  readonly uploadOnly?: boolean
}

const encodeAddress = (host: string | undefined): Uint8Array | undefined =>
  host === undefined ? undefined : parseAddress(host)

/** The payload of an extended message with HANDSHAKE_ID. */
export const encodeExtensionHandshake = (handshake: ExtensionHandshake): Uint8Array =>
  encodeBencode({
    m: Object.fromEntries(handshake.extensions),
    metadata_size: handshake.metadataSize,
    p: handshake.port,
    reqq: handshake.requestQueue,
    upload_only: handshake.uploadOnly === undefined ? undefined : Number(handshake.uploadOnly),
    v: handshake.client,
    yourip: encodeAddress(handshake.yourAddress),
  })

const decodeExtensions = (m: BencodeDict | undefined): ReadonlyMap<ExtensionName, number> => {
  const extensions = new Map<ExtensionName, number>()
  if (m === undefined) return extensions
  for (const name of EXTENSION_NAMES) {
    const id = integerOf(m, name, 0, 255)
    if (id !== undefined) extensions.set(name, id)
  }
  return extensions
}

const decodeClient = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined || bytes.length > MAX_CLIENT ? undefined : decodeUtf8(bytes)

const decodeFlag = (value: number | undefined): boolean | undefined =>
  value === undefined ? undefined : value > 0

const decodeAddress = (bytes: Uint8Array | undefined): string | undefined => bytes && formatAddress(bytes)

/** `object` without the entries that are undefined. */
const defined = <Value extends object>(object: {
  [Key in keyof Value]: Value[Key] | undefined
}): Partial<Value> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<Value>

/** Undefined when `payload` is not a dictionary. A field that cannot be used counts as absent, since all are optional. */
export const decodeExtensionHandshake = (payload: Uint8Array): ExtensionHandshake | undefined => {
  const dict = readDictionary(payload)
  if (dict === undefined) return undefined
  return {
    extensions: decodeExtensions(dictOf(dict, 'm')),
    ...defined({
      client: decodeClient(bytesOf(dict, 'v')),
      port: integerOf(dict, 'p', 1, 65_535),
      requestQueue: integerOf(dict, 'reqq', 1, MAX_REQUEST_QUEUE),
      metadataSize: integerOf(dict, 'metadata_size', 1, MAX_METAINFO),
      yourAddress: decodeAddress(bytesOf(dict, 'yourip')),
      uploadOnly: decodeFlag(integerOf(dict, 'upload_only', 0, Number.MAX_SAFE_INTEGER)),
    }),
  }
}
