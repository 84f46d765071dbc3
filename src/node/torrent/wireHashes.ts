import { fromHex, toHex } from '../../protocol/hex.js'
import { obfuscatedHash } from '../../protocol/mse/keys.js'
import { hashes } from '../hashes.js'
import type { Torrent } from './torrent.js'

/** Bytes of an info-hash in a handshake: all of a v1 one, the first of a v2 one (BEP 52). */
const SIZE = 20

/** A name of a torrent in handshakes of the BitTorrent wire, and what it becomes in obfuscated ones, in hexadecimal. */
export interface WireHash {
  readonly infoHash: Uint8Array
  readonly obfuscated: string
}

/** The names of a torrent in handshakes: a hybrid one has two. */
export const wireHashesOf = ({ description: { infoHash, infoHashV1 } }: Torrent): readonly WireHash[] =>
  [infoHashV1, infoHash].flatMap((hash) => {
    const bytes = hash === undefined ? undefined : fromHex(hash)?.subarray(0, SIZE)
    return bytes === undefined
      ? []
      : [{ infoHash: bytes, obfuscated: toHex(obfuscatedHash(hashes.sha1, bytes)) }]
  })
