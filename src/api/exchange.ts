import { request, type IncomingMessage } from 'node:http'
import type { Endpoint } from '../protocol/ids.js'

/** An answer is under half a megabyte for names as they are, and some megabytes for the longest there can be. */
const MAX_ANSWER = 16 * 1024 * 1024

/** An answer of an HTTP server whose body is JSON. */
export interface Answer {
  /** The HTTP status. */
  readonly status: number
  readonly document: unknown
}

const readAll = async (response: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length
    if (length > MAX_ANSWER) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** One request without a body; the whole exchange takes no longer than `time` milliseconds. Rejects for what is no answer in JSON. */
export const exchange = async (
  { host, port }: Endpoint,
  method: 'GET' | 'POST',
  path: string,
  time: number,
): Promise<Answer> => {
  const signal = AbortSignal.timeout(time)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ host, port, method, path, signal, agent: false }, resolve)
    sent.once('error', reject).end()
  })
  const document: unknown = JSON.parse(await readAll(response))
  return { status: response.statusCode ?? 0, document }
}
