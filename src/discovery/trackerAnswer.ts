import { ShoalError, type ErrorCode } from '../protocol/errors.js'
import { retOf } from '../protocol/json/answer.js'
import { asCount, asString, FieldFault, type JsonObject } from '../protocol/json/fields.js'
import type { OpName, RetName } from '../protocol/json/op.js'

/** Characters of ERROR that are shown. */
const MAX_ERROR = 200

/** Seconds: what a tracker that says nothing, or asks too often or too seldom, is asked with. */
const DEFAULT_INTERVAL = 120
const LEAST_INTERVAL = 1
const MOST_INTERVAL = 3600

/** Control characters, and those that turn text round: what a tracker says is shown on terminals. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

/** What each refusal means to a person. */
const REFUSALS: Partial<Record<RetName, ErrorCode>> = {
  TORRENT_DOES_NOT_EXIST: 'TORRENT_NOT_FOUND',
  ALREADY_SEEDING: 'ALREADY_SEEDING',
  BAD_REQUEST: 'TRACKER_REFUSED',
  UNAUTHORIZED: 'TRACKER_REFUSED',
  FORBIDDEN: 'TRACKER_REFUSED',
  NOT_FOUND: 'TRACKER_REFUSED',
  FAIL: 'TRACKER_REFUSED',
}

/** What a tracker says, fit to be shown. */
export const showable = (text: string): string => text.slice(0, MAX_ERROR).replace(UNPRINTABLE, '?')

/** The reason in an answer, fit to be shown. */
const reasonIn = (answer: JsonObject): string => {
  const reason = asString(answer.ERROR)
  return reason === undefined ? 'no reason given' : showable(reason)
}

/**
 * Checks that `answer` is one of `expected`.
 *
 * @throws ShoalError TORRENT_NOT_FOUND, ALREADY_SEEDING, TRACKER_REFUSED, TRACKER_ANSWER_INVALID
 */
export const expectRet = (op: OpName, answer: JsonObject, expected: readonly RetName[]): RetName => {
  const ret = retOf(answer)
  if (ret !== undefined && expected.includes(ret)) return ret
  const code = ret && REFUSALS[ret]
  if (code === undefined) throw invalid(op, `RET_CODE is ${ret ?? 'none that is known'}`)
  throw new ShoalError(code, `the tracker answered ${op} with ${ret}: ${reasonIn(answer)}`)
}

export const invalid = (op: OpName, why: string, cause?: unknown): ShoalError =>
  new ShoalError('TRACKER_ANSWER_INVALID', `the tracker's answer to ${op} makes no sense: ${why}`, { cause })

/** `read`, with what is malformed told as the tracker's fault. @throws ShoalError TRACKER_ANSWER_INVALID */
export const readAnswer = <Value>(op: OpName, read: () => Value): Value => {
  try {
    return read()
  } catch (error) {
    if (error instanceof FieldFault) throw invalid(op, error.message, error)
    throw error
  }
}

/** INTERVAL in seconds, within reason. */
export const intervalIn = (answer: JsonObject): number =>
  Math.min(Math.max(asCount(answer.INTERVAL) ?? DEFAULT_INTERVAL, LEAST_INTERVAL), MOST_INTERVAL)
