import type { Base64 } from '../protocol/json/request.js'

/** Base64 by the platform's own codec; strict about form, since what is decoded comes from strangers. */
export const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  decode: (text) => {
    if (text.length % 4 !== 0) return undefined
    const bytes = Buffer.from(text, 'base64')
    // The platform skips what is not base64 and stops at padding, so the length tells. It takes the characters of
    // base64url too, which does no harm: what they stand for is still hashed.
    const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
    return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined
  },
}
