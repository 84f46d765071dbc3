import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import type { AnnounceResponse } from '../protocol/announce/announce.js'
import { httpCodec } from '../protocol/announce/codec.js'
import { ShoalError } from '../protocol/errors.js'
import { USER_AGENT } from '../support/userAgent.js'
import { nonsense, unreachable, type AnnounceCall } from './announceCall.js'

/** Bytes of an answer: 1,000 peers are 6,000 in compact form, and 100,000 as dictionaries. */
const MAX_BODY = 1024 * 1024

/** Milliseconds for an answer, redirects included. */
const ANSWER_TIME = 15_000

/** Redirects followed: one to a canonical host, one to https, one of spare. */
const MAX_REDIRECTS = 3

const SCHEMES = ['http:', 'https:']

const HEADERS = { 'user-agent': USER_AGENT, accept: '*/*' }

/** Announces over HTTP (BEP 3). @throws ShoalError TRACKER_UNREACHABLE, TRACKER_ANSWER_INVALID */
export const announceHttp = async (call: AnnounceCall): Promise<AnnounceResponse> => {
  const limit = AbortSignal.timeout(ANSWER_TIME)
  try {
    return await follow(call, AbortSignal.any([call.signal, limit]))
  } catch (error) {
    if (error instanceof ShoalError) throw error
    const why = limit.aborted ? `no answer within ${ANSWER_TIME / 1000} s` : (error as Error).message
    throw unreachable(call.url, why, error)
  }
}

/** The announce URL, which may have a query of its own, with what is announced. */
const targetOf = ({ url, request, trackerId }: AnnounceCall): URL => {
  const target = new URL(url)
  const form = { isCompact: true, withoutPeerIds: true }
  const query = httpCodec.announce.encodeQuery({ ...request, ...form, trackerId })
  target.search = target.search === '' ? query : `${target.search}&${query}`
  return target
}

const follow = async (call: AnnounceCall, signal: AbortSignal): Promise<AnnounceResponse> => {
  let target = targetOf(call)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await open(target, signal)
    const { location } = answer.headers
    if (location === undefined || !isRedirect(answer)) return readAnswer(call.url, answer)
    answer.destroy()
    target = redirected(call.url, location, target)
  }
  throw unreachable(call.url, `more than ${MAX_REDIRECTS} redirects`)
}

const isRedirect = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 300 && statusCode < 400

const redirected = (url: string, location: string, from: URL): URL => {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (target === undefined || !SCHEMES.includes(target.protocol))
    throw unreachable(url, 'it redirects to what is no web address')
  return target
}

/** A connection of its own: trackers are asked too seldom to keep one open. */
const open = (target: URL, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const get = target.protocol === 'https:' ? getHttps : getHttp
    get(target, { agent: false, signal, headers: HEADERS }, resolve).on('error', reject)
  })

/** A reason may come with any status. */
const readAnswer = async (url: string, answer: IncomingMessage): Promise<AnnounceResponse> => {
  const response = httpCodec.announce.decodeResponse(await readBody(url, answer))
  if (response !== undefined) return response
  const { statusCode = 0 } = answer
  throw statusCode === 200
    ? nonsense(url, 'its answer is none of a tracker')
    : unreachable(url, `it answered ${statusCode}`)
}

const readBody = async (url: string, answer: IncomingMessage): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer) {
    const bytes = part as Uint8Array
    length += bytes.length
    // Leaving the loop destroys the connection.
    if (length > MAX_BODY) throw nonsense(url, `its answer is longer than ${MAX_BODY} bytes`)
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}
