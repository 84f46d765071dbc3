import { basename, dirname } from 'node:path'
import { Bitfield } from '../../protocol/bitfield.js'
import { ShoalError } from '../../protocol/errors.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { verifyContent, type VerifyReport } from '../../storage/hash/verify.js'
import type { RecheckReport } from '../report/reports.js'
import type { Description } from '../torrent/description.js'
import type { Plan } from './plan.js'
import type { Waiting } from './preparation.js'

interface Rechecked {
  readonly report: RecheckReport
  /** Chunks of pieces that are whole. */
  readonly proven: Bitfield
}

/**
 * Hashes what is there of a transfer, on all cores.
 *
 * @throws ShoalError VERIFICATION_FAILED, naming files, where complete content is no longer whole; USAGE for what has no
 * .torrent to check by; DISK_FAILED, INTERRUPTED
 */
export const recheckContent = async (plan: Plan, waiting: Waiting): Promise<Rechecked> => {
  const { description } = plan.found
  const report = await hashThere(description, plan.isComplete ? plan.path : `${plan.path}.part`, waiting)
  if (report === undefined)
    throw new ShoalError('USAGE', `"${description.content.name}" has no .torrent to check it by`)
  if (plan.isComplete) requireWhole(description, report)
  const { pieceCount, badPieces } = report
  const proven = goodChunks(new Layout(description.content), badPieces)
  return { report: { pieceCount, badPieces: badPieces.length }, proven }
}

/** @throws ShoalError VERIFICATION_FAILED, naming files, when the file or folder at `path` is not all of the torrent */
export const requireComplete = async (
  description: Description,
  path: string,
  waiting: Waiting,
): Promise<void> => {
  const report = await hashThere(description, path, waiting)
  if (report !== undefined) requireWhole(description, report)
}

/** Undefined where there is no .torrent. */
const hashThere = async (
  { metainfo }: Description,
  path: string,
  { signal, onProgress }: Waiting,
): Promise<VerifyReport | undefined> => {
  if (metainfo === undefined) return undefined
  return verifyContent({ ...metainfo, name: basename(path) }, dirname(path), {
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  })
}

const requireWhole = ({ content }: Description, { isComplete, files }: VerifyReport): void => {
  if (isComplete) return
  const bad = files.filter((file) => file.state !== 'complete')
  const named = bad.slice(0, 3).map((file) => `${file.path.join('/')} (${file.state})`)
  throw new ShoalError(
    'VERIFICATION_FAILED',
    `"${content.name}" is not whole: ${named.join(', ')}${bad.length > 3 ? ' …' : ''}`,
  )
}

const goodChunks = (layout: Layout, badPieces: readonly number[]): Bitfield => {
  const chunks = Bitfield.full(layout.chunkCount)
  for (const piece of badPieces) {
    const { first, count } = layout.chunksOf(piece)
    for (let chunk = first; chunk < first + count; chunk++) chunks.delete(chunk)
  }
  return chunks
}
