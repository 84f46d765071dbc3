import { parseInfoHash, parsePeerId, parseTicket, type InfoHash, type PeerId, type Ticket } from '../ids.js'
import { asBoolean, optional, required, text, type JsonObject } from './fields.js'
import { Op } from './op.js'
import type { Sender } from './sender.js'

/** What a peer asks of a tracker in order to reach others, and to be reached. */
export type ReachRequest =
  | { readonly op: 'CHECK_REACHABILITY'; readonly sender: Sender }
  | {
      readonly op: 'AWAIT_CALLS'
      readonly sender: Sender
      /** Whether it carries the connections of others, if it can be reached. */
      readonly offersRelay: boolean
    }
  | {
      readonly op: 'CALL_BACK'
      readonly sender: Sender
      readonly target: PeerId
      /** What the sender wants of the target. */
      readonly infoHash: InfoHash
    }
  | { readonly op: 'PUNCH'; readonly sender: Sender; readonly target: PeerId }
  | { readonly op: 'ANSWER_PUNCH'; readonly sender: Sender; readonly ticket: Ticket }
  | { readonly op: 'RELAY'; readonly sender: Sender; readonly target: PeerId }

export const PEER_ID = '32 hexadecimal characters'

/** @throws FieldFault */
export const decodeReachRequest = (
  op: ReachRequest['op'],
  sender: Sender,
  object: JsonObject,
): ReachRequest => {
  switch (op) {
    case 'CHECK_REACHABILITY':
      return { op, sender }
    case 'AWAIT_CALLS':
      return { op, sender, offersRelay: optional(object, 'RELAY', 'true or false', asBoolean) ?? false }
    case 'CALL_BACK': {
      const infoHash = required(object, 'INFO_HASH', '64 hexadecimal characters', text(parseInfoHash))
      return { op, sender, target: targetOf(object), infoHash }
    }
    case 'ANSWER_PUNCH':
      return { op, sender, ticket: ticketOf(object) }
    case 'PUNCH':
    case 'RELAY':
      return { op, sender, target: targetOf(object) }
  }
}

const targetOf = (object: JsonObject): PeerId => required(object, 'TARGET', PEER_ID, text(parsePeerId))

/** What `decodeReachRequest` reads beside the sender. */
export const reachFields = (request: ReachRequest): JsonObject => {
  switch (request.op) {
    case 'CHECK_REACHABILITY':
      return {}
    case 'AWAIT_CALLS':
      return { RELAY: request.offersRelay }
    case 'CALL_BACK':
      return { TARGET: request.target, INFO_HASH: request.infoHash }
    case 'ANSWER_PUNCH':
      return { TICKET: request.ticket }
    case 'PUNCH':
    case 'RELAY':
      return { TARGET: request.target }
  }
}

/** @throws FieldFault */
export const ticketOf = (object: JsonObject): Ticket => required(object, 'TICKET', PEER_ID, text(parseTicket))

/** The ticket of JOIN_RELAY, which asks tracker and peers alike; undefined for another operation. @throws FieldFault */
export const relayTicketOf = (object: JsonObject): Ticket | undefined =>
  object.OP_CODE === Op.JOIN_RELAY ? ticketOf(object) : undefined

/** The object that `relayTicketOf` reads. */
export const encodeRelayJoin = (ticket: Ticket): JsonObject => ({ OP_CODE: Op.JOIN_RELAY, TICKET: ticket })
