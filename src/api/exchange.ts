import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { Endpoint } from '../protocol/ids.js'

/** An answer is under half a megabyte for names as they are, and some megabytes for the longest there can be. */
const MAX_ANSWER = 16 * 1024 * 1024

/** Where an API is, and what lets one use it. */
export interface Service {
  readonly endpoint: Endpoint
  /** SHA-256 of the certificate by which it is known, in hexadecimal digits; undefined: it speaks plain HTTP. */
  readonly fingerprint?: string | undefined
  readonly token?: string | undefined
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH'
  readonly path: string
  /** Sent as JSON. */
  readonly document?: unknown
  /** Sent as it is, as a .torrent. */
  readonly metainfo?: Uint8Array
  /** Milliseconds that the whole exchange may take. */
  readonly time: number
}

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

const bodyOf = ({ document, metainfo }: Question): { body?: Uint8Array; type?: string } => {
  if (metainfo !== undefined) return { body: metainfo, type: 'application/x-bittorrent' }
  return document === undefined
    ? {}
    : { body: Buffer.from(JSON.stringify(document)), type: 'application/json' }
}

const plain = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase()

/** Sends over TLS to whom the fingerprint is of: nothing is sent before that is known. */
const sendSecurely = (options: RequestOptions, fingerprint: string) => {
  const sent = httpsRequest({ ...options, rejectUnauthorized: false })
  sent.on('socket', (socket) =>
    socket.once('secureConnect', () => {
      const seen = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.fingerprint256 : undefined
      if (seen === undefined || plain(seen) !== plain(fingerprint))
        sent.destroy(new Error('its certificate has another fingerprint'))
    }),
  )
  return sent
}

/** One request; the whole exchange takes no longer than its time. Rejects for what is no answer in JSON. */
export const exchange = async (service: Service, question: Question): Promise<Answer> => {
  const { endpoint, fingerprint, token } = service
  const { method, path, time } = question
  const { body, type } = bodyOf(question)
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && type && { 'content-type': type, 'content-length': body.length }),
  }
  const options = {
    ...endpoint,
    method,
    path,
    headers,
    signal: AbortSignal.timeout(time),
    agent: false as const,
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = fingerprint === undefined ? httpRequest(options) : sendSecurely(options, fingerprint)
    sent.once('response', resolve).once('error', reject).end(body)
  })
  const document: unknown = JSON.parse(await readAll(response))
  return { status: response.statusCode ?? 0, document }
}
