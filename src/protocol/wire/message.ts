/**
 * The byte that names a message: BEP 3 "peer messages", BEP 5 "BitTorrent Protocol Extension" (port),
 * BEP 6 (suggest to allowedFast), BEP 10 (extended), BEP 52 "peer messages" (the hash messages).
 */
export const WIRE_ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashRequest: 21,
  hashes: 22,
  hashReject: 23,
} as const

/** A part of a piece: index of the piece, first byte within it, and length in bytes (BEP 3 "request"). */
export interface BlockRange {
  readonly piece: number
  readonly begin: number
  readonly length: number
}

/** Which hashes of a file's merkle tree (BEP 52 "hash request"). */
export interface HashRange {
  /** 32 bytes: the root of the file's tree. */
  readonly piecesRoot: Uint8Array
  /** Layers above the leaves where the hashes start; 0 asks for leaves. */
  readonly baseLayer: number
  /** First hash of the base layer, a multiple of `length`. */
  readonly index: number
  /** Hashes of the base layer; not above 512. */
  readonly length: number
  /** Ancestor layers counted, those included that the hashes themselves yield. */
  readonly proofLayers: number
}

/** A message without fields. */
export interface Signal {
  readonly kind: 'keepAlive' | 'choke' | 'unchoke' | 'interested' | 'notInterested' | 'haveAll' | 'haveNone'
}

/** A message about one piece. */
export interface PieceNotice {
  readonly kind: 'have' | 'suggest' | 'allowedFast'
  readonly piece: number
}

export interface BitfieldMessage {
  readonly kind: 'bitfield'
  /** Piece 0 is the highest bit of byte 0; spare bits are zero. */
  readonly bytes: Uint8Array
}

export interface RangeMessage extends BlockRange {
  readonly kind: 'request' | 'cancel' | 'reject'
}

export interface PieceMessage {
  readonly kind: 'piece'
  readonly piece: number
  readonly begin: number
  readonly data: Uint8Array
}

/** Where the peer's DHT node listens (BEP 5), a UDP port. */
export interface PortMessage {
  readonly kind: 'port'
  readonly port: number
}

export interface ExtendedMessage {
  readonly kind: 'extended'
  /** 0 is the extension handshake; others are what the receiver called the extension in its own (BEP 10). */
  readonly id: number
  readonly payload: Uint8Array
}

export interface HashRangeMessage extends HashRange {
  readonly kind: 'hashRequest' | 'hashReject'
}

export interface HashesMessage extends HashRange {
  readonly kind: 'hashes'
  /** 32 bytes each: those of the base layer, then the uncles from the lowest to the one nearest the root. */
  readonly hashes: Uint8Array
}

/** What may be sent. */
export type KnownMessage =
  | Signal
  | PieceNotice
  | BitfieldMessage
  | RangeMessage
  | PieceMessage
  | PortMessage
  | ExtendedMessage
  | HashRangeMessage
  | HashesMessage

/** A message of an id that stands in no BEP above; its payload is passed over. */
export interface UnknownMessage {
  readonly kind: 'unknown'
  readonly id: number
}

/** What may be received. */
export type WireMessage = KnownMessage | UnknownMessage
