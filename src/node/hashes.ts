import type { Hashes } from '../protocol/hash.js'
import { sha1, sha256 } from '../storage/hash/job.js'

/** The platform's hash functions. */
export const hashes: Hashes = { sha1, sha256 }
