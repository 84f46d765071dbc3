import { readUint32, writeUint32 } from '../uint.js'

const LENGTH = 4

/** The sender no longer has a piece; every request for it has failed (BEP 54 "Protocol encoding"). */
export interface DontHaveMessage {
  readonly piece: number
}

/** @throws RangeError when the piece does not fit four bytes */
export const encodeDontHave = ({ piece }: DontHaveMessage): Uint8Array => {
  const bytes = new Uint8Array(LENGTH)
  writeUint32(bytes, 0, piece)
  return bytes
}

/** Undefined when `payload` is not one integer. */
export const decodeDontHave = (payload: Uint8Array): DontHaveMessage | undefined =>
  payload.length === LENGTH ? { piece: readUint32(payload, 0) } : undefined
