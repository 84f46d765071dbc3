import { ShoalError } from '../../protocol/errors.js'

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** Whether `error` says that there is no such file. */
export const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')

/** `error` of the file system as one of the catalogue that names `path`; one of the catalogue stays as it is. */
export const diskError = (error: unknown, path: string): ShoalError => {
  if (error instanceof ShoalError) return error
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ShoalError('DISK_FULL', `no room for ${path}`, { cause: error })
  if (isMissing(error)) return new ShoalError('PATH_NOT_FOUND', `${path} does not exist`, { cause: error })
  const reason = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : (code ?? String(error))
  return new ShoalError('DISK_FAILED', `${path}: ${reason}`, { cause: error })
}
