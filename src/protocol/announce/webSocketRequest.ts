import { asObject, type JsonObject } from '../json/fields.js'
import { ANNOUNCE_EVENTS, ID_BYTES, MAX_SCRAPED, type AnnounceEvent } from './announce.js'

/** Offers of one announce: browsers make 5, and each that is passed on costs its receiver a connection. */
export const MAX_OFFERS = 10

/** Characters of a session description (RFC 8866); those of a data channel have 500 to 2,000. */
const MAX_SDP = 16 * 1024

/** A session description (WebRTC): what one browser tells another to connect. Not looked into. */
export interface Description {
  readonly type: 'offer' | 'answer'
  readonly sdp: string
}

/** Ids are binary strings of 20 characters, one a byte, as they travel. */
export interface Offer {
  readonly offer: Description
  readonly offerId: string
}

export interface WebSocketAnnounce {
  readonly kind: 'announce'
  readonly infoHash: string
  readonly peerId: string
  readonly isComplete: boolean
  readonly event: AnnounceEvent | undefined
  /** One for each peer that is wanted. */
  readonly offers: readonly Offer[]
}

/** An answer to an offer that was passed on. */
export interface WebSocketAnswer {
  readonly kind: 'answer'
  readonly infoHash: string
  readonly peerId: string
  readonly toPeerId: string
  readonly offerId: string
  readonly answer: Description
}

export interface WebSocketScrape {
  readonly kind: 'scrape'
  readonly infoHashes: readonly string[]
}

export type WebSocketRequest = WebSocketAnnounce | WebSocketAnswer | WebSocketScrape

const asId = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length === ID_BYTES && !/[^\0-\xff]/.test(value) ? value : undefined

const asDescription = (value: unknown, type: Description['type']): Description | undefined => {
  const object = asObject(value)
  const sdp = object?.sdp
  return object?.type === type && typeof sdp === 'string' && sdp.length <= MAX_SDP ? { type, sdp } : undefined
}

const asOffer = (value: unknown): Offer | undefined => {
  const object = asObject(value)
  const offer = asDescription(object?.offer, 'offer')
  const offerId = asId(object?.offer_id)
  return offer === undefined || offerId === undefined ? undefined : { offer, offerId }
}

const offersOf = (value: unknown): readonly Offer[] =>
  Array.isArray(value)
    ? value
        .slice(0, MAX_OFFERS)
        .map(asOffer)
        .filter((offer) => offer !== undefined)
    : []

const readAnswer = (object: JsonObject, infoHash: string, peerId: string): WebSocketAnswer | string => {
  const toPeerId = asId(object.to_peer_id)
  if (toPeerId === undefined) return 'to_peer_id'
  const offerId = asId(object.offer_id)
  if (offerId === undefined) return 'offer_id'
  const answer = asDescription(object.answer, 'answer')
  return answer === undefined ? 'answer' : { kind: 'answer', infoHash, peerId, toPeerId, offerId, answer }
}

const readAnnounce = (object: JsonObject): WebSocketAnnounce | WebSocketAnswer | string => {
  const infoHash = asId(object.info_hash)
  if (infoHash === undefined) return 'info_hash'
  const peerId = asId(object.peer_id)
  if (peerId === undefined) return 'peer_id'
  if (object.answer !== undefined && object.answer !== null) return readAnswer(object, infoHash, peerId)
  const event = ANNOUNCE_EVENTS.find((known) => known === object.event)
  // What is not known, as at the start from a magnet link, travels as null.
  const isComplete = object.left === 0
  return { kind: 'announce', infoHash, peerId, isComplete, event, offers: offersOf(object.offers) }
}

const readScrape = (object: JsonObject): WebSocketScrape | string => {
  const { info_hash: given } = object
  const list: readonly unknown[] = Array.isArray(given) ? given.slice(0, MAX_SCRAPED) : [given]
  const infoHashes = list.map(asId)
  return infoHashes.every((infoHash) => infoHash !== undefined) ? { kind: 'scrape', infoHashes } : 'info_hash'
}

/**
 * Reads a message that a WebTorrent client sent to a tracker; of one that cannot be read the name of the field at
 * fault, or 'message'.
 */
export const decodeWebSocketRequest = (text: string): WebSocketRequest | string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'message'
  }
  const object = asObject(value)
  if (object === undefined) return 'message'
  if (object.action === 'announce') return readAnnounce(object)
  return object.action === 'scrape' ? readScrape(object) : 'action'
}
