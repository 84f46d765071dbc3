import { CATALOGUE, ShoalError, type ErrorCode } from '../protocol/errors.js'
import type { Problem } from './contract.js'
import { errorDocument } from './document.js'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** HTTP statuses of the codes that are the caller's doing; everything else is 500. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  FORBIDDEN: 403,
  TRANSFER_NOT_FOUND: 404,
}

/** The problem document of an error; `status` where HTTP has a more exact one than the code. */
export const problemOf = (error: ShoalError, status = STATUSES[error.code] ?? 500): Problem => ({
  type: 'about:blank',
  title: CATALOGUE[error.code].meaning,
  status,
  ...errorDocument(error),
})

/** The problem of anything thrown while a request was handled: what is no error of ours tells nothing of itself. */
export const problemOfThrown = (thrown: unknown): Problem => {
  if (thrown instanceof ShoalError) return problemOf(thrown)
  const status = statusOf(thrown)
  if (status === undefined) return problemOf(new ShoalError('INTERNAL', 'The request failed'))
  return problemOf(new ShoalError('REQUEST_INVALID', (thrown as Error).message), status)
}

/** The status of an error of the HTTP server itself that is the caller's doing. */
const statusOf = (thrown: unknown): number | undefined => {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return undefined
  const { statusCode } = thrown
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined
}
