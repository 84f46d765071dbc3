import { parseAddress } from '../wire/address.js'

/** UDP port on which routers listen for PCP (RFC 6887 section 19.1) and NAT-PMP (RFC 6886 section 3.1). */
export const GATEWAY_PORT = 5351

/** What a router granted. */
export interface GrantedMapping {
  readonly externalPort: number
  /** Seconds; 0 once it is removed. */
  readonly lifetime: number
}

/** What is asked of a router: that it passes on TCP connections to `externalPort`. A lifetime of 0 removes it. */
export interface MappingRequest {
  readonly internalPort: number
  readonly externalPort: number
  /** Seconds. */
  readonly lifetime: number
}

const VERSION = 2
const MAP = 1
const RESPONSE = 0x80
const TCP = 6
const HEADER = 24
const NONCE = 12
const LENGTH = HEADER + 36

/**
 * A MAP request of PCP (RFC 6887 sections 7.1 and 11.1). `client` is this machine's address as it sends; `nonce` has 12
 * bytes, by which the answer is known, and later the owner.
 */
export const encodePcpRequest = (
  request: MappingRequest,
  client: string,
  nonce: Uint8Array,
): Uint8Array | undefined => {
  const address = parseAddress(client)
  if (address === undefined) return undefined
  const bytes = new Uint8Array(LENGTH)
  const view = new DataView(bytes.buffer)
  bytes[0] = VERSION
  bytes[1] = MAP
  view.setUint32(4, request.lifetime)
  writeMapped(bytes, 8, address)
  bytes.set(nonce.subarray(0, NONCE), HEADER)
  bytes[HEADER + 12] = TCP
  view.setUint16(HEADER + 16, request.internalPort)
  view.setUint16(HEADER + 18, request.externalPort)
  // Any external address, in the family of the client's (section 11.1).
  if (address.length === 4) writeMapped(bytes, HEADER + 20, new Uint8Array(4))
  return bytes
}

/** IPv4 in IPv6 (::ffff:a.b.c.d), as all addresses of PCP are. */
const writeMapped = (bytes: Uint8Array, at: number, address: Uint8Array): void => {
  if (address.length === 16) return bytes.set(address, at)
  bytes[at + 10] = bytes[at + 11] = 0xff
  bytes.set(address, at + 12)
}

/** Reads the answer to a MAP request; undefined for what is none, or not to this one; 'refused' for a result that is no success. */
export const decodePcpAnswer = (
  bytes: Uint8Array,
  { internalPort }: Pick<MappingRequest, 'internalPort'>,
  nonce: Uint8Array,
): GrantedMapping | 'refused' | undefined => {
  if (bytes.length < 4 || bytes[1] !== (MAP | RESPONSE)) return undefined
  // A router that knows NAT-PMP alone answers with its version (RFC 6886 section 9).
  if (bytes[0] !== VERSION || bytes[3] !== 0) return 'refused'
  if (bytes.length < LENGTH) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isOurs = nonce.subarray(0, NONCE).every((byte, index) => bytes[HEADER + index] === byte)
  if (!isOurs || view.getUint16(HEADER + 16) !== internalPort) return undefined
  return granted(view.getUint16(HEADER + 18), view.getUint32(4))
}

/** A lifetime beyond a day is asked for again all the same. */
const MOST_LIFETIME = 24 * 3600

/** Port 0 with a lifetime is nonsense. */
export const granted = (externalPort: number, lifetime: number): GrantedMapping | 'refused' =>
  externalPort === 0 && lifetime > 0
    ? 'refused'
    : { externalPort, lifetime: Math.min(lifetime, MOST_LIFETIME) }
