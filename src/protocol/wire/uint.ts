/** The integer of four bytes, big-endian (BEP 3 "peer protocol"), at `offset`; bytes past the end count as zero, so callers check lengths first. */
export const readUint32 = (bytes: Uint8Array, offset: number): number =>
  (((bytes[offset] ?? 0) << 24) |
    ((bytes[offset + 1] ?? 0) << 16) |
    ((bytes[offset + 2] ?? 0) << 8) |
    (bytes[offset + 3] ?? 0)) >>>
  0

/** @throws RangeError when `value` is not one of the field: written, it would wrap to another. */
export const writeUint32 = (into: Uint8Array, offset: number, value: number): void => {
  if (value >>> 0 !== value) throw new RangeError(`${value} does not fit four bytes`)
  into[offset] = value >>> 24
  into[offset + 1] = value >>> 16
  into[offset + 2] = value >>> 8
  into[offset + 3] = value
}

/** Two bytes, big-endian: ports (BEP 5, BEP 23). */
export const readUint16 = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)

/** @throws RangeError when `value` does not fit two bytes */
export const writeUint16 = (into: Uint8Array, offset: number, value: number): void => {
  if ((value & 0xffff) !== value) throw new RangeError(`${value} does not fit two bytes`)
  into[offset] = value >>> 8
  into[offset + 1] = value
}
