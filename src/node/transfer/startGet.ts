import { join, resolve } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import type { GetOptions } from '../api.js'
import type { InfoHash, InfoHashV1 } from '../../protocol/ids.js'
import { knownTransfer, maySeed, type NodeContext } from '../context.js'
import type { Found } from '../find/found.js'
import { findTorrent } from '../find/findTorrent.js'
import { ownInfoHash, type Description } from '../torrent/description.js'
import { isThere } from './existing.js'
import { choosePriorities, filesIn } from './select.js'
import { startFetch } from './startFetch.js'
import { seedFiles } from './startShare.js'
import type { ActiveTransfer } from './transfer.js'

/** Looks up `what` and fetches it, or takes what is there already. @throws ShoalError as ShoalPeer.get */
export const startGet = async (
  context: NodeContext,
  what: string | Uint8Array,
  options: GetOptions,
): Promise<ActiveTransfer> => {
  const found = await findTorrent(what, context, options.signal)
  const known = knownTransfer(context, found.description)
  if (known !== undefined) return selectMore(known, found)
  requireVerifiable(context, found.description)
  return openOnce(context, ownInfoHash(found.description), () => takeOrFetch(context, found, options))
}

/** A magnet link to what is fetched already adds the files that it selects (BEP 53). */
const selectMore = (known: ActiveTransfer, { select }: Found): ActiveTransfer => {
  if (select === undefined || !known.isFetching) return known
  const skipped = [...filesIn(known.torrent.description.content, select)].filter(
    (file) => known.files[file]?.priority === 'skip',
  )
  known.setPriorities(new Map(skipped.map((file) => [file, 'normal'])))
  return known
}

/** Two who ask for the same at once get the same transfer. */
const openOnce = (
  { opening }: NodeContext,
  infoHash: InfoHash | InfoHashV1 | undefined,
  open: () => Promise<ActiveTransfer>,
): Promise<ActiveTransfer> => {
  if (infoHash === undefined) return open()
  const known = opening.get(infoHash)
  if (known !== undefined) return known
  const opened = open().finally(() => opening.delete(infoHash))
  opening.set(infoHash, opened)
  return opened
}

const takeOrFetch = async (
  context: NodeContext,
  found: Found,
  options: GetOptions,
): Promise<ActiveTransfer> => {
  const { description, torrentIds } = found
  const output = resolve(options.output ?? context.options.output)
  const path = join(output, description.content.name)
  const { onProgress, signal } = options
  if (!(await isThere(description, path, { onProgress, signal }))) {
    const { seed, limits, isSequential = false } = options
    const priorities = choosePriorities(description.content, options, found.select)
    return startFetch(context, found, output, { seed, limits, isSequential, priorities })
  }
  context.logger.info(() => `${path} is there already and verified`)
  const isSeeding = options.seed && maySeed(context)
  return seedFiles(context, description, path, { isSeeding, torrentIds, limits: options.limits })
}

const requireVerifiable = (context: NodeContext, { isVerifiable, content }: Description): void => {
  if (isVerifiable || context.options.allowUnverified) return
  throw new ShoalError(
    'UNVERIFIABLE',
    `"${content.name}" was shared without SHA-256 hashes, so what arrives cannot be verified`,
  )
}
