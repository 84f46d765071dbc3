import { ShoalError, type ErrorCode } from '../protocol/errors.js'
import { ConfigError } from '../support/config.js'
import { safeName } from './text.js'

/** What the operating system's codes mean to a person. */
const SYSTEM: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'PATH_NOT_FOUND',
  ENOTDIR: 'PATH_NOT_FOUND',
  EADDRINUSE: 'ADDRESS_IN_USE',
  EADDRNOTAVAIL: 'ADDRESS_IN_USE',
  EEXIST: 'FILE_EXISTS',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EACCES: 'DISK_FAILED',
  EPERM: 'DISK_FAILED',
  EROFS: 'DISK_FAILED',
  EIO: 'DISK_FAILED',
  EISDIR: 'DISK_FAILED',
}

/** Anything thrown, as an error of the catalogue. */
export const toShoalError = (thrown: unknown): ShoalError => {
  if (thrown instanceof ShoalError) return thrown
  if (thrown instanceof ConfigError) return new ShoalError('CONFIG_INVALID', thrown.message)
  if (!(thrown instanceof Error))
    return new ShoalError('INTERNAL', `Something else was thrown: ${String(thrown)}.`)
  const code = SYSTEM[(thrown as NodeJS.ErrnoException).code ?? '']
  return new ShoalError(code ?? 'INTERNAL', sentence(thrown.message), { cause: thrown })
}

/** Messages end as sentences, since the remedy follows. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

const oneLine = (text: string): string => safeName(text.replace(/\s*[\r\n]+\s*/g, ' ').trim())

/** What happened, to what, what to do, and the code to look it up by: one line. */
export const errorLine = (error: ShoalError): string =>
  `${sentence(oneLine(error.message))} ${error.remedy} [${error.code}]`

/** The stack of the first cause, for --log-level debug. */
export const errorStack = (error: ShoalError): string => {
  let deepest: Error = error
  while (deepest.cause instanceof Error) deepest = deepest.cause
  return deepest.stack ?? deepest.message
}

/** An error as --json prints it. */
export const errorEvent = (error: ShoalError) => ({
  event: 'error',
  code: error.code,
  message: oneLine(error.message),
  remedy: error.remedy,
})
