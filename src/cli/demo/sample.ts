import { createCipheriv, createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const BLOCK = 1024 * 1024

/** Zeros under a cipher with a fixed key: bytes that look random, cost nothing to make and do not compress. */
const randomBlocks = function* (size: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'shoal'), Buffer.alloc(16))
  for (let left = size; left > 0; left -= BLOCK) yield cipher.update(Buffer.alloc(Math.min(BLOCK, left)))
}

/** Writes a file of `size` bytes without a pattern. */
export const writeSample = async (path: string, size: number, signal: AbortSignal): Promise<void> =>
  pipeline(Readable.from(randomBlocks(size)), createWriteStream(path), { signal })

/** SHA-256 of the file as it is on the disk, in hexadecimal. */
export const hashFile = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: BLOCK }), hash, { signal })
  return hash.digest('hex')
}
