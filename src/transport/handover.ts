import type { Socket } from 'node:net'
import type { JsonObject } from '../protocol/json/fields.js'

/** An answer after which the connection is no longer of the JSON protocol. */
export class Handover {
  readonly answer: JsonObject
  /** Gets the socket, paused, once the answer was written; it may be destroyed by then. */
  readonly take: (socket: Socket) => void

  constructor(answer: JsonObject, take: (socket: Socket) => void) {
    this.answer = answer
    this.take = take
  }
}
