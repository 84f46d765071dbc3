import { binaryString } from '../bencode.js'
import { decodeUtf8 } from '../bytes.js'

/** Characters of a text that a tracker sends, and bytes that are looked at: four for each. */
const MAX_TEXT = 200
const MAX_TEXT_BYTES = 4 * MAX_TEXT

/** What a tracker says to a person, cut; what is not UTF-8 is taken as Latin-1, as old trackers write. */
export const readText = (bytes: Uint8Array): string => {
  const cut = bytes.subarray(0, MAX_TEXT_BYTES)
  return [...(decodeUtf8(cut) ?? binaryString(cut))].slice(0, MAX_TEXT).join('')
}
