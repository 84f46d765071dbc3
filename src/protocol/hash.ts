/** Hash functions of a byte string; handed in, since this folder knows no built-in. */
export type Hash = (data: Uint8Array) => Uint8Array

/** The two hashes of BitTorrent: SHA-1 for v1 (BEP 3), SHA-256 for v2 (BEP 52). */
export interface Hashes {
  readonly sha1: Hash
  readonly sha256: Hash
}
