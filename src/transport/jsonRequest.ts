import { isUtf8 } from 'node:buffer'
import { asObject, type JsonObject } from '../protocol/json/fields.js'
import { Op, opName, type OpCode } from '../protocol/json/op.js'

/** The object in `message`, or why there is none. */
export const parseRequest = (message: Uint8Array): JsonObject | string => {
  const view = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  if (!isUtf8(view)) return 'the message is not UTF-8'
  try {
    return asObject(JSON.parse(view.toString())) ?? 'the message is not a JSON object'
  } catch {
    return 'the message is not JSON'
  }
}

/** The operation that a request names, where it is one. */
export const opCodeOf = (request: JsonObject): OpCode | undefined => {
  const name = opName(request.OP_CODE)
  return name === undefined ? undefined : Op[name]
}
