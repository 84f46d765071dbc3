import { ShoalError } from '../protocol/errors.js'

/** The system's name of what went wrong, such as ENOENT. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** What went wrong at `path`, for people: DISK_FULL or DISK_FAILED. A ShoalError stays as it is. */
export const diskError = (error: unknown, path: string): ShoalError => {
  if (error instanceof ShoalError) return error
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ShoalError('DISK_FULL', `no room left for ${path}`, { cause: error })
  const reason = code ?? (error instanceof Error ? error.message : 'unknown error')
  return new ShoalError('DISK_FAILED', `${path}: ${reason}`, { cause: error })
}
