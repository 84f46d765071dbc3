import { readFile, stat } from 'node:fs/promises'
import { ShoalError } from '../../protocol/errors.js'
import { MAX_METAINFO } from '../../protocol/limits.js'
import { diskError } from '../../storage/hash/diskError.js'

/** Milliseconds for a .torrent to arrive from a web server. */
const FETCH_TIME = 30_000

const tooLarge = (where: string): ShoalError =>
  new ShoalError(
    'METAINFO_INVALID',
    `${where} is larger than any .torrent that is read (${MAX_METAINFO} bytes)`,
  )

/** @throws ShoalError PATH_NOT_FOUND, DISK_FAILED, METAINFO_INVALID */
export const readMetainfo = async (path: string): Promise<Uint8Array> => {
  try {
    if ((await stat(path)).size > MAX_METAINFO) throw tooLarge(path)
    return await readFile(path)
  } catch (error) {
    throw diskError(error, path)
  }
}

/** @throws ShoalError PATH_NOT_FOUND when the server does not give it, METAINFO_INVALID when it is too large */
export const fetchMetainfo = async (url: string, signal: AbortSignal | undefined): Promise<Uint8Array> => {
  const limit = AbortSignal.timeout(FETCH_TIME)
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit })
    if (!response.ok) throw new ShoalError('PATH_NOT_FOUND', `${url} answered ${response.status}`)
    return await readBody(response, url)
  } catch (error) {
    if (error instanceof ShoalError) throw error
    throw new ShoalError('PATH_NOT_FOUND', `${url} cannot be fetched: ${causeOf(error)}`, { cause: error })
  }
}

const readBody = async (response: Response, url: string): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    const bytes = part as Uint8Array
    length += bytes.length
    if (length > MAX_METAINFO) throw tooLarge(url)
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

const causeOf = (error: unknown): string => {
  const cause = (error as Error).cause ?? error
  return cause instanceof Error ? cause.message : String(cause)
}
