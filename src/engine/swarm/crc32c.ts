/** The Castagnoli polynomial, its bits reversed (RFC 3720 section 12.1). */
const POLYNOMIAL = 0x82f63b78

/** The CRC-32C of a few bytes, bit by bit: what is hashed here has at most 32. */
export const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
  }
  return ~crc >>> 0
}
