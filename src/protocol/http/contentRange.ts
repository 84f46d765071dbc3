/** What part of a file an answer has (RFC 9110, 14.4). Bytes. */
export interface ContentRange {
  readonly first: number
  /** Included. */
  readonly last: number
  /** Of the whole file; undefined where the server does not know it. */
  readonly size: number | undefined
}

/** The header "bytes 0-99/1000" or "bytes 0-99/*"; undefined for anything else, as for a range that cannot be. */
export const parseContentRange = (text: string): ContentRange | undefined => {
  const [, from, to, of] = /^bytes +(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(text.trim()) ?? []
  if (from === undefined || to === undefined) return undefined
  const first = Number(from)
  const last = Number(to)
  const size = of === '*' ? undefined : Number(of)
  return first > last || (size !== undefined && last >= size) ? undefined : { first, last, size }
}
