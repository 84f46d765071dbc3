import { granted, type GrantedMapping, type MappingRequest } from './pcp.js'

const MAP_TCP = 2
const RESPONSE = 0x80
const LENGTH = 16

/** A request of NAT-PMP for a TCP mapping (RFC 6886 section 3.3). To remove it, lifetime and external port are 0. */
export const encodeNatPmpRequest = ({ internalPort, externalPort, lifetime }: MappingRequest): Uint8Array => {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  bytes[1] = MAP_TCP
  view.setUint16(4, internalPort)
  view.setUint16(6, lifetime === 0 ? 0 : externalPort)
  view.setUint32(8, lifetime)
  return bytes
}

/** Reads its answer; undefined for what is none, or not to this one; 'refused' for a result that is no success. */
export const decodeNatPmpAnswer = (
  bytes: Uint8Array,
  { internalPort }: Pick<MappingRequest, 'internalPort'>,
): GrantedMapping | 'refused' | undefined => {
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== (MAP_TCP | RESPONSE)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(2) !== 0) return 'refused'
  if (bytes.length < LENGTH || view.getUint16(8) !== internalPort) return undefined
  return granted(view.getUint16(10), view.getUint32(12))
}
