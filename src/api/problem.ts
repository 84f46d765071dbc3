import { CATALOGUE, ShoalError, type ErrorCode } from '../protocol/errors.js'
import type { Problem } from './contract.js'
import { errorDocument } from './document.js'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** HTTP statuses of the codes that are the caller's doing or another server's; everything else is 500. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  USAGE: 400,
  METAINFO_INVALID: 400,
  PATH_UNSAFE: 400,
  NAME_UNUSABLE: 400,
  NOTHING_TO_SHARE: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  TRANSFER_NOT_FOUND: 404,
  UPLOAD_NOT_FOUND: 404,
  TORRENT_NOT_FOUND: 404,
  PATH_NOT_FOUND: 404,
  ALREADY_SEEDING: 409,
  FILE_EXISTS: 409,
  TOO_MANY_REQUESTS: 429,
  TRACKER_UNREACHABLE: 502,
  TRACKER_ANSWER_INVALID: 502,
  TRACKER_REFUSED: 502,
  DISK_FULL: 507,
}

/** The problem document of an error; `status` where HTTP has a more exact one than the code. */
export const problemOf = (error: ShoalError, status = STATUSES[error.code] ?? 500): Problem => ({
  type: 'about:blank',
  title: CATALOGUE[error.code].meaning,
  status,
  ...errorDocument(error),
})

/** What is no error of ours tells nothing of itself. */
const shoalErrorOf = (thrown: unknown): ShoalError =>
  thrown instanceof ShoalError ? thrown : new ShoalError('INTERNAL', 'The request failed')

/** The problem of anything thrown while a request was handled. */
export const problemOfThrown = (thrown: unknown): Problem => {
  const status = statusOf(thrown)
  if (status === undefined) return problemOf(shoalErrorOf(thrown))
  return problemOf(new ShoalError('REQUEST_INVALID', (thrown as Error).message), status)
}

/** The status of an error of the HTTP server itself that is the caller's doing. */
const statusOf = (thrown: unknown): number | undefined => {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return undefined
  const { statusCode } = thrown
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined
}
