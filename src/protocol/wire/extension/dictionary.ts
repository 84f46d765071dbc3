import { decodeBencode, type Bencode, type BencodeDict } from '../../bencode.js'
import { ShoalError } from '../../errors.js'

/** What `read` gives, or undefined when the bytes are not bencode. */
const whenBencode = <Value>(read: () => Value): Value | undefined => {
  try {
    return read()
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'BENCODE_INVALID') return undefined
    throw error
  }
}

const isDict = (value: Bencode | undefined): value is BencodeDict => value instanceof Map

/** The dictionary that `payload` is, or undefined. */
export const readDictionary = (payload: Uint8Array): BencodeDict | undefined => {
  const value = whenBencode(() => decodeBencode(payload))
  return isDict(value) ? value : undefined
}

/** A dictionary and the bytes after it (BEP 9 "data"). */
export interface Split {
  readonly dict: BencodeDict
  readonly rest: Uint8Array
}

/** The dictionary at the start of `payload`, and what follows it; undefined when there is none. */
export const splitDictionary = (payload: Uint8Array): Split | undefined => {
  // Reading fails for what follows, but tells first where the dictionary's last value ended.
  let end = 1
  whenBencode(() => decodeBencode(payload, { onTopLevel: (_key, _start, valueEnd) => (end = valueEnd) }))
  const dict = readDictionary(payload.subarray(0, end + 1))
  return dict && { dict, rest: payload.subarray(end + 1) }
}

export const dictOf = (dict: BencodeDict, key: string): BencodeDict | undefined => {
  const value = dict.get(key)
  return isDict(value) ? value : undefined
}

export const bytesOf = (dict: BencodeDict, key: string): Uint8Array | undefined => {
  const value = dict.get(key)
  return value instanceof Uint8Array ? value : undefined
}

/** An integer of `least` to `most`; undefined for any other. */
export const integerOf = (
  dict: BencodeDict,
  key: string,
  least: number,
  most: number,
): number | undefined => {
  const value = dict.get(key)
  return typeof value === 'number' && value >= least && value <= most ? value : undefined
}
