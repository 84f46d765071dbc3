import { asObject, type JsonObject } from '../protocol/json/fields.js'

/** How the data of a chunk begins in an answer without white space, as Shoal writes it. */
const DATA = Buffer.from('"CHUNK_DATA":"')
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The object in an answer; undefined where there is none. The text of CHUNK_DATA is cut out before the rest is parsed
 * and put back as it stands: a JSON parser would look at each of its characters and copy them once more.
 * The mark cannot stand inside another string, where its quotes would be escaped.
 */
export const parseAnswer = (bytes: Uint8Array): JsonObject | undefined => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mark = view.indexOf(DATA)
  if (mark < 0) return parse(view.toString())
  const start = mark + DATA.length
  const end = view.indexOf(QUOTE, start)
  const data = view.toString('latin1', start, Math.max(start, end))
  if (end < 0 || view.subarray(start, end).includes(BACKSLASH)) return parse(view.toString())
  const object = parse(view.toString('utf8', 0, start) + view.toString('utf8', end))
  return object && { ...object, CHUNK_DATA: data }
}

const parse = (text: string): JsonObject | undefined => {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}
