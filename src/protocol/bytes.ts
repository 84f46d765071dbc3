/** Whether two byte strings are the same. */
export const equalBytes = (left: Uint8Array, right: Uint8Array): boolean => {
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false
  return true
}

export const concatBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** A copy of a part of `bytes`; `slice` would give a view where they are a Buffer. */
export const copyBytes = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  new Uint8Array(bytes.subarray(start, end))

/** UTF-8 of `text`; lone surrogates become U+FFFD, as TextEncoder does. */
export const encodeUtf8 = (text: string): Uint8Array => {
  const out: number[] = []
  for (const character of text) {
    const read = character.codePointAt(0) ?? 0
    const point = read >= 0xd800 && read < 0xe000 ? 0xfffd : read
    if (point < 0x80) out.push(point)
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63))
    else if (point < 0x10000) out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
    else
      out.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 63),
        0x80 | ((point >> 6) & 63),
        0x80 | (point & 63),
      )
  }
  return Uint8Array.from(out)
}

/** Lead byte -> [length of the sequence, bits of the lead, smallest code point]: RFC 3629 section 4. */
const leadOf = (byte: number): readonly [number, number, number] | undefined => {
  if (byte < 0x80) return [1, byte, 0]
  if (byte >= 0xc2 && byte < 0xe0) return [2, byte & 31, 0x80]
  if (byte >= 0xe0 && byte < 0xf0) return [3, byte & 15, 0x800]
  if (byte >= 0xf0 && byte < 0xf5) return [4, byte & 7, 0x10000]
  return undefined
}

/** The text that `bytes` are in UTF-8, or undefined when they are not UTF-8 (RFC 3629: no overlong forms, no surrogates). */
export const decodeUtf8 = (bytes: Uint8Array): string | undefined => {
  let text = ''
  let index = 0
  while (index < bytes.length) {
    const lead = leadOf(bytes[index] ?? 0)
    if (!lead) return undefined
    const [length, bits, smallest] = lead
    let point = bits
    for (let step = 1; step < length; step++) {
      const byte = bytes[index + step]
      if (byte === undefined || (byte & 0xc0) !== 0x80) return undefined
      point = (point << 6) | (byte & 63)
    }
    if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined
    text += String.fromCodePoint(point)
    index += length
  }
  return text
}
