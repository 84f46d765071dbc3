import type { Base64 } from '../protocol/json/request.js'

const FORM = /^[A-Za-z0-9+/]*={0,2}$/

/** Base64 by the platform's own codec; strict about form, since what is decoded comes from strangers. */
export const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  decode: (text) => {
    if (text.length % 4 !== 0) return undefined
    const bytes = Buffer.from(text, 'base64')
    // A wrong character is skipped by the platform, so the length tells, and the expression decides what is doubtful.
    const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
    return bytes.length === (text.length / 4) * 3 - padding && FORM.test(text) ? bytes : undefined
  },
}
