import type { JsonObject } from '../protocol/json/fields.js'

/** An answer as an object, as text that is JSON already, or as pieces of such text in ASCII; without the newline. */
export type Answer = JsonObject | string | readonly string[]

const NEWLINE = 0x0a

/** An answer as it travels. */
export const encodeAnswer = (answer: Answer): Buffer => {
  if (Array.isArray(answer)) return encodeAscii(answer as readonly string[])
  return Buffer.from((typeof answer === 'string' ? answer : JSON.stringify(answer)) + '\n')
}

/** Each piece is copied once; to join them as text first costs many times more. */
const encodeAscii = (pieces: readonly string[]): Buffer => {
  const bytes = Buffer.allocUnsafe(pieces.reduce((length, piece) => length + piece.length, 1))
  let offset = 0
  for (const piece of pieces) offset += bytes.write(piece, offset, 'latin1')
  bytes[offset] = NEWLINE
  return bytes
}
