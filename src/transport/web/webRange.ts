import type { IncomingMessage } from 'node:http'
import { parseContentRange } from '../../protocol/http/contentRange.js'
import { USER_AGENT } from '../../support/userAgent.js'
import type { WebAgents } from './webAgents.js'
import { WebFault } from './webFault.js'
import { openWeb } from './webRequest.js'

/** Milliseconds without a byte, before the answer or within it. */
const SILENCE_TIME = 15_000
/** Bytes of a file that is taken whole from a server that knows no ranges, though a part is wanted: 8 chunks. */
const SMALL_FILE = 128 * 1024

/** A run of bytes of a file on a web server. */
export interface WebRange {
  readonly url: string
  /** Bytes that the whole file must have. */
  readonly size: number
  readonly offset: number
  /** At least 1. */
  readonly length: number
}

interface RangeReader {
  readonly agents: WebAgents
  readonly signal: AbortSignal
  /** Called with the bytes wanted, part by part and in order; all `length` of them where it resolves. */
  readonly onData: (bytes: Uint8Array) => void
}

/** Where in an answer's body the bytes wanted stand. */
interface Body {
  /** Bytes of all of it. */
  readonly length: number
  /** Bytes before those wanted. */
  readonly skip: number
}

/**
 * Fetches a run of bytes. Nothing is kept, and no more than was asked for is taken, but for a small file.
 *
 * @throws WebFault
 */
export const readWebRange = async (range: WebRange, reader: RangeReader): Promise<void> => {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  let isSilent = false
  let isAnswered = false
  const timer = setTimeout(() => {
    isSilent = true
    end()
  }, SILENCE_TIME)
  reader.signal.addEventListener('abort', end, { once: true })
  try {
    const { agents } = reader
    const answer = await openWeb(range.url, { agents, headers: headersFor(range), signal: ending.signal })
    isAnswered = true
    ending.signal.addEventListener('abort', () => answer.destroy(new Error('it is no longer wanted')))
    if (ending.signal.aborted) answer.destroy()
    await readBody(answer, range, (bytes) => {
      timer.refresh()
      reader.onData(bytes)
    })
  } catch (error) {
    throw faultOf(error, isAnswered, isSilent)
  } finally {
    clearTimeout(timer)
    reader.signal.removeEventListener('abort', end)
  }
}

const headersFor = ({ offset, length }: WebRange) => ({
  'user-agent': USER_AGENT,
  accept: '*/*',
  'accept-encoding': 'identity',
  range: `bytes=${offset}-${offset + length - 1}`,
})

const faultOf = (error: unknown, isAnswered: boolean, isSilent: boolean): WebFault => {
  if (error instanceof WebFault) return error
  const kind = isSilent && isAnswered ? 'stalled' : isAnswered ? 'closed' : 'unreachable'
  const { message } = error as Error
  return new WebFault(kind, isSilent ? `nothing came for ${SILENCE_TIME / 1000} s` : message, {
    cause: error,
  })
}

const readBody = async (
  answer: IncomingMessage,
  range: WebRange,
  onData: (bytes: Uint8Array) => void,
): Promise<void> => {
  let place = 0
  try {
    const { length, skip } = bodyOf(answer, range)
    for await (const part of answer) {
      const bytes = part as Uint8Array
      if (place + bytes.length > length) throw new WebFault('garbage', 'it sends more than was asked for')
      // Nothing of it is wanted where the end stands before the beginning.
      const wanted = bytes.subarray(Math.max(0, skip - place), Math.max(0, skip + range.length - place))
      place += bytes.length
      if (wanted.length > 0) onData(wanted)
    }
    if (place < length) throw new WebFault('closed', 'its answer ended too soon')
  } finally {
    // What was read to its end is done with already; its connection is used again.
    answer.destroy()
  }
}

/** What the body of an answer must be. @throws WebFault where it is not what was asked for */
const bodyOf = (answer: IncomingMessage, range: WebRange): Body => {
  const { statusCode = 0, headers } = answer
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new WebFault('garbage', 'it sends the data encoded in another way')
  const body =
    statusCode === 206 ? partialBody(headers['content-range'], range) : wholeBody(statusCode, range)
  const length = Number(headers['content-length'] ?? body.length)
  if (length === body.length) return body
  if (statusCode === 206) throw new WebFault('garbage', 'its answer is not as long as what was asked for')
  throw new WebFault('absent', `it has a file of ${length} bytes instead of ${range.size}`)
}

const partialBody = (header: string | undefined, { offset, length, size }: WebRange): Body => {
  const got = parseContentRange(header ?? '')
  if (got?.size !== undefined && got.size !== size)
    throw new WebFault('absent', `it has a file of ${got.size} bytes instead of ${size}`)
  if (got?.first !== offset || got.last !== offset + length - 1)
    throw new WebFault('garbage', 'it sends another range than was asked for')
  return { length, skip: 0 }
}

/** Without ranges a file comes whole, which is good where it was wanted whole, or costs little. */
const wholeBody = (status: number, { offset, length, size }: WebRange): Body => {
  if (status !== 200) throw statusFault(status)
  if (length < size && size > SMALL_FILE) throw new WebFault('refused', 'it sends no ranges of a file')
  return { length: size, skip: offset }
}

/** Statuses that tell of the server: it is asked too often, or too slowly. Others of 4xx tell of the file. */
const OF_SERVER = [408, 425, 429]

const statusFault = (status: number): WebFault => {
  const isOfFile = status >= 400 && status < 500 && !OF_SERVER.includes(status)
  return new WebFault(isOfFile ? 'absent' : 'refused', `it answered ${status}`)
}
