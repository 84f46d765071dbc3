import {
  parseInfoHash,
  parsePeerId,
  parsePort,
  type Endpoint,
  type InfoHash,
  type PeerId,
  type Ticket,
} from '../ids.js'
import { MAX_CALLS } from '../limits.js'
import { encodeWires, parseWires, type Wire } from './wire.js'
import { parseAddress } from '../wire/address.js'
import { asBoolean, asObject, asString, FieldFault, required, text, type JsonObject } from './fields.js'
import { PEER_ID, ticketOf } from './reachRequest.js'

/** What a tracker asks of a peer that waits for it. */
export type Call =
  /** Connect to `peerId`, which wants the torrent and can be reached at `endpoint`. */
  | {
      readonly kind: 'CALL_BACK'
      readonly peerId: PeerId
      readonly endpoint: Endpoint
      readonly wires: readonly Wire[]
      readonly infoHash: InfoHash
    }
  /** `peerId` wants to connect: answer with ANSWER_PUNCH. */
  | { readonly kind: 'PUNCH'; readonly ticket: Ticket; readonly peerId: PeerId }
  /** `peerId` waits at a relay. */
  | { readonly kind: 'RELAY'; readonly ticket: Ticket; readonly peerId: PeerId; readonly relay: Relay }
  /** Carry the connection of the two that come with this ticket. */
  | { readonly kind: 'CARRY'; readonly ticket: Ticket }

/** Where a relay listens; undefined: the tracker itself, where the peer asked it. */
export type Relay = Endpoint | undefined

/** Addresses only: a name would be looked up, by whoever is told it. */
const asAddress = (value: unknown): string | undefined => {
  const host = asString(value)
  return host !== undefined && host.length <= 45 && parseAddress(host) !== undefined ? host : undefined
}

const asPort = (value: unknown): number | undefined => parsePort(value) || undefined

const addressFields = ({ host, port }: Endpoint): JsonObject => ({ IP_ADDRESS: host, PORT: String(port) })

const endpointOf = (object: JsonObject): Endpoint => ({
  host: required(object, 'IP_ADDRESS', 'an address', asAddress),
  port: required(object, 'PORT', 'a port from 1 to 65535', asPort),
})

const relayOf = (object: JsonObject): Relay =>
  object.IP_ADDRESS === undefined ? undefined : endpointOf(object)

const relayFields = (relay: Relay): JsonObject => (relay === undefined ? {} : addressFields(relay))

/** What those speak that say nothing of it: they are of before there was TLS. */
const ALL_BUT_TLS: readonly Wire[] = ['json', 'bittorrent']

const encodeCall = (call: Call): JsonObject => {
  const { kind: KIND } = call
  switch (call.kind) {
    case 'CALL_BACK':
      return {
        KIND,
        PEER_ID: call.peerId,
        ...addressFields(call.endpoint),
        WIRES: encodeWires(call.wires),
        INFO_HASH: call.infoHash,
      }
    case 'PUNCH':
      return { KIND, TICKET: call.ticket, PEER_ID: call.peerId }
    case 'RELAY':
      return { KIND, TICKET: call.ticket, PEER_ID: call.peerId, ...relayFields(call.relay) }
    case 'CARRY':
      return { KIND, TICKET: call.ticket }
  }
}

const peerIdOf = (object: JsonObject): PeerId => required(object, 'PEER_ID', PEER_ID, text(parsePeerId))

/** Undefined for a kind that is not known: one of the future. @throws FieldFault */
const decodeCall = (object: JsonObject): Call | undefined => {
  switch (object.KIND) {
    case 'CALL_BACK':
      return {
        kind: 'CALL_BACK',
        peerId: peerIdOf(object),
        endpoint: endpointOf(object),
        wires: parseWires(object.WIRES) ?? ALL_BUT_TLS,
        infoHash: required(object, 'INFO_HASH', '64 hexadecimal characters', text(parseInfoHash)),
      }
    case 'PUNCH':
      return { kind: 'PUNCH', ticket: ticketOf(object), peerId: peerIdOf(object) }
    case 'RELAY':
      return { kind: 'RELAY', ticket: ticketOf(object), peerId: peerIdOf(object), relay: relayOf(object) }
    case 'CARRY':
      return { kind: 'CARRY', ticket: ticketOf(object) }
    default:
      return undefined
  }
}

/** The answer to AWAIT_CALLS. */
export interface CallsAnswer {
  /** The address at which the tracker sees the peer. */
  readonly seenAs: string
  readonly calls: readonly Call[]
}

export const encodeCalls = ({ seenAs, calls }: CallsAnswer): JsonObject => ({
  IP_ADDRESS: seenAs,
  CALLS: calls.map(encodeCall),
})

/** At most MAX_CALLS. @throws FieldFault */
export const decodeCalls = (object: JsonObject): CallsAnswer => {
  const { CALLS: list } = object
  if (!Array.isArray(list) || list.length > MAX_CALLS)
    throw new FieldFault(`CALLS is no list of at most ${MAX_CALLS}`)
  const calls = list.map((entry) => decodeCall(asObject(entry) ?? {}))
  return {
    seenAs: required(object, 'IP_ADDRESS', 'an address', asAddress),
    calls: calls.filter((call) => call !== undefined),
  }
}

/** Where the other side of a punch was seen, as both sides are told. */
export const encodePunch = addressFields
/** @throws FieldFault */
export const decodePunch = endpointOf

/** The answer to RELAY: the ticket, and where to join with it. */
export interface RelayAnswer {
  readonly ticket: Ticket
  readonly relay: Relay
}

export const encodeRelay = ({ ticket, relay }: RelayAnswer): JsonObject => ({
  TICKET: ticket,
  ...relayFields(relay),
})

/** @throws FieldFault */
export const decodeRelay = (object: JsonObject): RelayAnswer => ({
  ticket: ticketOf(object),
  relay: relayOf(object),
})

/** The answer to CHECK_REACHABILITY. */
export interface ReachabilityAnswer {
  readonly isReachable: boolean
  /** What was called: the address that asked, and the port that it declared. */
  readonly endpoint: Endpoint
}

export const encodeReachability = ({ isReachable, endpoint }: ReachabilityAnswer): JsonObject => ({
  REACHABLE: isReachable,
  ...addressFields(endpoint),
})

/** @throws FieldFault */
export const decodeReachability = (object: JsonObject): ReachabilityAnswer => ({
  isReachable: required(object, 'REACHABLE', 'true or false', asBoolean),
  endpoint: endpointOf(object),
})
