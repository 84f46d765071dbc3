import type { Base64 } from '../protocol/json/base64.js'

/** Bytes that `text` stands for where it is base64 with padding; undefined where its length rules that out. */
const lengthOf = (text: string): number | undefined => {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/**
 * Decodes `text` into `target` and answers the part of it that was filled; undefined for what is not base64 or does not fit.
 * The platform skips what is not base64 and stops at padding, so the length tells. It takes the characters of base64url
 * too, which does no harm: what they stand for is still hashed.
 */
export const decodeInto = (target: Buffer, text: string): Uint8Array | undefined => {
  const length = lengthOf(text)
  if (length === undefined || length > target.length) return undefined
  return target.write(text, 'base64') === length ? target.subarray(0, length) : undefined
}

/** Base64 by the platform's own codec; strict about form, since what is decoded comes from strangers. */
export const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  decode: (text) => decodeInto(Buffer.allocUnsafe(Math.ceil(text.length / 4) * 3), text),
}
