/** Which bytes are asked for; `last` is included. */
export type WantedRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' }

const WHOLE: WantedRange = { kind: 'whole' }
const UNSATISFIABLE: WantedRange = { kind: 'unsatisfiable' }

/** A length is at most MAX_SAFE_INTEGER, of 16 digits. */
const RANGE = /^bytes=[ \t]*(\d{0,16})-(\d{0,16})[ \t]*$/i

/**
 * What the header Range asks for of a file of `size` bytes (RFC 9110, 14.2). What is malformed, of other units or of
 * several ranges is passed over, as a server may do: the whole is the answer.
 */
export const wantedRange = (header: string | undefined, size: number): WantedRange => {
  const [, from, to] = RANGE.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return WHOLE
  if (from === '') {
    const length = Number(to)
    return length === 0 || size === 0
      ? UNSATISFIABLE
      : { kind: 'part', first: Math.max(0, size - length), last: size - 1 }
  }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && first > Number(to)) return WHOLE
  return first >= size ? UNSATISFIABLE : { kind: 'part', first, last }
}

/** Whether If-Range lets the range count: it must be the very content that the caller has a part of (RFC 9110, 13.1.5). */
export const isSameContent = (ifRange: string | undefined, etag: string | undefined): boolean =>
  ifRange === undefined || (etag !== undefined && ifRange.trim() === etag)
