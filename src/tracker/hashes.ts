import { hash } from 'node:crypto'
import type { Hashes } from '../protocol/hash.js'

/** The platform's own hash functions. */
export const hashes: Hashes = {
  sha1: (data) => hash('sha1', data, 'buffer'),
  sha256: (data) => hash('sha256', data, 'buffer'),
}
