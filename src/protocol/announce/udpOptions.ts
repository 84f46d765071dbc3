import { binaryString } from '../bencode.js'
import { concatBytes, encodeUtf8 } from '../bytes.js'

/** Option types (BEP 41). */
const END = 0
const NOTHING = 1
const URL_DATA = 2

/** Bytes of one option: its length is one byte. */
const MAX_OPTION = 255

/** Path and query of the announce URL as options; what is longer than one option goes on in the next. */
export const encodeUrlData = (urlData: string): Uint8Array => {
  const bytes = encodeUtf8(urlData)
  const parts: Uint8Array[] = []
  for (let offset = 0; offset < bytes.length; offset += MAX_OPTION) {
    const part = bytes.subarray(offset, offset + MAX_OPTION)
    parts.push(Uint8Array.of(URL_DATA, part.length), part)
  }
  return concatBytes(parts)
}

/** The URL data in the options of an announce; unknown options are passed over, and one that is cut off ends them. */
export const decodeUrlData = (options: Uint8Array): string => {
  let text = ''
  let offset = 0
  while (offset < options.length && options[offset] !== END) {
    if (options[offset] === NOTHING) {
      offset++
      continue
    }
    const start = offset + 2
    const end = start + (options[offset + 1] ?? 0)
    if (end > options.length) break
    if (options[offset] === URL_DATA) text += binaryString(options.subarray(start, end))
    offset = end
  }
  return text
}
