import type { IncomingHttpHeaders } from 'node:http'
import type { Awaitable } from '../store/store.js'

/** What a route is asked. */
export interface WebRequest {
  /** As it was sent, but for the query. */
  readonly path: string
  /** What stands after the question mark, as it was sent. */
  readonly query: string
  /** The address that it came from. */
  readonly host: string
  /** Whether it came over TLS. */
  readonly isSecure: boolean
  readonly headers: IncomingHttpHeaders
}

/** What a route answers. */
export interface WebAnswer {
  readonly status: number
  readonly type: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** One thing that can be asked over HTTP. HEAD is asked as GET. */
export interface Route {
  readonly method: 'GET' | 'DELETE'
  /** Matched against the whole path; its groups go to `answer`. */
  readonly path: RegExp
  answer(request: WebRequest, ...groups: readonly string[]): Awaitable<WebAnswer>
}

export const json = (value: unknown, status = 200): WebAnswer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: `${JSON.stringify(value)}\n`,
})

export const text = (body: string, status = 200): WebAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

/** A refusal as a document (RFC 9457). */
export const problem = (status: number, title: string, detail?: string): WebAnswer => ({
  ...json({ title, status, detail }, status),
  type: 'application/problem+json',
})
