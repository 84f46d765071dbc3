import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import { diskError } from '../../storage/diskError.js'
import { removeContent } from '../../storage/removeContent.js'
import { acquireLock } from '../../support/lockFile.js'
import type { NodeContext } from '../context.js'
import { journalOf } from './journalPlace.js'
import type { Plan } from './plan.js'

/**
 * Deletes what a transfer that has ended has on disk: its content, or its part and resume data. `isPublished`: whether
 * what was chosen of it has its final name. @throws ShoalError DISK_FAILED, STATE_LOCKED
 */
export const deleteData = async (
  context: NodeContext,
  { found, path, isComplete }: Plan,
  isPublished: boolean,
): Promise<void> => {
  const { content } = found.description
  if (isComplete || isPublished) return removeContent(content, path)
  const journal = journalOf(context, found, dirname(path))
  const lock = await acquireLock(`${journal}.lock`)
  if (lock === undefined) throw new ShoalError('STATE_LOCKED', `another process downloads to ${path}`)
  try {
    await removeContent(content, `${path}.part`)
    await rm(journal, { force: true })
  } catch (error) {
    throw diskError(error, path)
  } finally {
    await lock.release()
  }
}
