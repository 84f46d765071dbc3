/** A request for an announce or a scrape that has no more to it than its head. */
export interface AnnounceHead {
  readonly kind: 'announce' | 'scrape'
  /** What stands after the question mark. */
  readonly query: string
  /** Whether the connection is to stay open after the answer (RFC 9112, 9.3). */
  readonly isKept: boolean
  /** Characters of the head, the empty line at its end included. */
  readonly length: number
}

/** Characters of a head: a scrape of 74 torrents has 5,300 and what clients put beside it. */
const MAX_HEAD = 8 * 1024

const TARGETS = [
  { kind: 'announce', start: 'GET /announce?' },
  { kind: 'scrape', start: 'GET /scrape?' },
] as const

const VERSION = / HTTP\/1\.([01])$/

/** Fields that make a request more than its head, or ask for something else than an answer. */
const SPECIAL = /\r\n(?:content-length|transfer-encoding|upgrade|expect)[ \t]*:/

/** A line that ends in another way than it must, or a control character: two readers could read two things. */
const AMBIGUOUS = /[^\r]\n|\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r\n[ \t]/

const isKept = (minor: string, fields: string): boolean => {
  const options = /\r\nconnection:([^\r]*)/.exec(fields)?.[1] ?? ''
  return minor === '1' ? !options.includes('close') : options.includes('keep-alive')
}

/**
 * Reads the head that stands at `from` in `text` (one character a byte), if it is the plain one that BitTorrent clients
 * send: 'more' while it is not complete, 'other' for everything else, which a whole HTTP server is to look at.
 */
export const readAnnounceHead = (text: string, from: number): AnnounceHead | 'more' | 'other' => {
  const target = TARGETS.find(({ start }) => text.startsWith(start, from))
  if (target === undefined) {
    const isBeginning = TARGETS.some(({ start }) => start.startsWith(text.slice(from, from + start.length)))
    return isBeginning ? 'more' : 'other'
  }
  const end = text.indexOf('\r\n\r\n', from)
  if (end < 0) return text.length - from > MAX_HEAD ? 'other' : 'more'
  const lineEnd = text.indexOf('\r\n', from)
  const line = text.slice(from + target.start.length, lineEnd)
  const minor = VERSION.exec(line)?.[1]
  const fields = text.slice(lineEnd, end).toLowerCase()
  if (minor === undefined || end - from > MAX_HEAD || SPECIAL.test(fields) || AMBIGUOUS.test(fields))
    return 'other'
  const query = line.slice(0, -' HTTP/1.1'.length)
  if (/[^\x21-\x7e]/.test(query)) return 'other'
  return { kind: target.kind, query, isKept: isKept(minor, fields), length: end + 4 - from }
}
