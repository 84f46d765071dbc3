import { basename, join, resolve } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import { parseMagnet } from '../../protocol/metainfo/magnet.js'
import type { GetOptions } from '../api.js'
import { knownTransfer, limitsFor, maySeed, type NodeContext } from '../context.js'
import type { Found } from '../find/found.js'
import { findTorrent } from '../find/findTorrent.js'
import type { Limits } from '../limits.js'
import { ownInfoHash, type Description } from '../torrent/description.js'
import { isThere } from './existing.js'
import type { ListedTransfer } from './listed.js'
import { ManagedTransfer } from './managedTransfer.js'
import { choosePriorities, filesIn } from './select.js'

/** What is asked for: an id of a tracker, a magnet link, a path, a URL, or the bytes of a .torrent. */
export type Wanted = string | Uint8Array

/** Lists what is asked for, before it is looked up; `fetchInto` does the rest. @throws ShoalError USAGE for limits that are none */
export const listGet = (context: NodeContext, what: Wanted, options: GetOptions): ManagedTransfer => {
  const limits = limitsFor(context, options.limits)
  const name = nameOf(what)
  const output = resolve(options.output ?? context.options.output)
  return new ManagedTransfer(context, {
    name,
    path: output,
    limits,
    begin: (transfer) => fetchInto(context, transfer, what, { ...options, limits }),
  })
}

type FetchOptions = Omit<GetOptions, 'limits'> & { readonly limits: Limits }

/**
 * Looks up `what` and fetches it as `transfer`, or takes what is there already. Answers the transfer that does: where
 * there is one of the same torrent already, that one, and `transfer` is dropped. @throws ShoalError as ShoalPeer.get
 */
const fetchInto = async (
  context: NodeContext,
  transfer: ManagedTransfer,
  what: Wanted,
  options: FetchOptions,
): Promise<ListedTransfer> => {
  const { course } = transfer
  const found = await course.prepare('finding', ({ signal }) => findTorrent(what, context, signal), {
    signal: options.signal,
  })
  const known = knownTransfer(context, found.description)
  if (known !== undefined && known !== transfer) {
    await transfer.stop()
    return takeUp(known, found)
  }
  requireVerifiable(context, found.description)
  const begun = await openOnce(context, found.description, () =>
    takeOrFetch(context, transfer, found, options),
  )
  if (begun !== transfer) await transfer.stop()
  return begun
}

/** A magnet link to what is fetched already adds the files that it selects (BEP 53); what was paused goes on. */
const takeUp = async (known: ListedTransfer, { select, description }: Found): Promise<ListedTransfer> => {
  if (known.course.isPaused) await known.resume()
  if (select === undefined || !known.isFetching) return known
  const skipped = [...filesIn(description.content, select)].filter(
    (file) => known.files[file]?.priority === 'skip',
  )
  known.setPriorities(new Map(skipped.map((file) => [file, 'normal'])))
  return known
}

/** Two who ask for the same at once get the same transfer. */
const openOnce = (
  { opening }: NodeContext,
  description: Description,
  open: () => Promise<ListedTransfer>,
): Promise<ListedTransfer> => {
  const infoHash = ownInfoHash(description)
  if (infoHash === undefined) return open()
  const known = opening.get(infoHash)
  if (known !== undefined) return known
  const opened = open().finally(() => opening.delete(infoHash))
  opening.set(infoHash, opened)
  return opened
}

const takeOrFetch = async (
  context: NodeContext,
  transfer: ManagedTransfer,
  found: Found,
  options: FetchOptions,
): Promise<ListedTransfer> => {
  const { description, select } = found
  const { signal, onProgress, limits, isSequential = false } = options
  const path = join(resolve(options.output ?? context.options.output), description.content.name)
  const isComplete = await transfer.course.prepare(
    'hashing',
    (preparation) => isThere(description, path, preparation),
    {
      signal,
      onProgress,
    },
  )
  const plan = { found, path, isComplete, limits, isSequential }
  if (isComplete) {
    context.logger.info(() => `${path} is there already and verified`)
    const shallSeed = options.seed && maySeed(context)
    await transfer.course.begin({ ...plan, shallSeed, priorities: [], completedAt: Date.now() })
  } else {
    const priorities = choosePriorities(description.content, options, select)
    await transfer.course.begin({ ...plan, shallSeed: options.seed, priorities, completedAt: undefined })
  }
  return transfer
}

/** What it is called while nothing is known of it. */
const nameOf = (what: Wanted): string => {
  if (typeof what !== 'string') return 'torrent'
  if (!/^magnet:/i.test(what)) return basename(what)
  try {
    const { name, infoHash, infoHashV1 } = parseMagnet(what)
    return name ?? infoHash ?? infoHashV1 ?? 'magnet link'
  } catch {
    return 'magnet link'
  }
}

const requireVerifiable = (context: NodeContext, { isVerifiable, content }: Description): void => {
  if (isVerifiable || context.options.allowUnverified) return
  throw new ShoalError(
    'UNVERIFIABLE',
    `"${content.name}" was shared without SHA-256 hashes, so what arrives cannot be verified`,
  )
}
