import { basename, resolve } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import type { SeedOptions, ShareOptions } from '../api.js'
import { createTorrent } from '../content.js'
import { knownTransfer, limitsFor, type NodeContext } from '../context.js'
import { readMetainfo } from '../find/readMetainfo.js'
import { foundIn } from '../find/findTorrent.js'
import type { Limits } from '../limits.js'
import type { ListedTransfer } from './listed.js'
import { ManagedTransfer } from './managedTransfer.js'
import { requireComplete } from './recheck.js'
import { requireRoom } from './startSeeding.js'

/** Lists what is to be shared, before it is hashed; `shareInto` does the rest. @throws ShoalError ALREADY_SEEDING, USAGE */
export const listShare = (context: NodeContext, path: string, options: ShareOptions): ManagedTransfer => {
  requireRoom(context)
  const limits = limitsFor(context, options.limits)
  return new ManagedTransfer(context, {
    name: options.name ?? basename(path),
    path: resolve(path),
    limits,
    begin: (transfer) => shareInto(context, transfer, path, { ...options, limits }),
  })
}

/** The same for content of which there is a .torrent. */
export const listSeed = (
  context: NodeContext,
  torrentFile: string,
  folder: string,
  options: SeedOptions,
): ManagedTransfer => {
  requireRoom(context)
  const limits = limitsFor(context, options.limits)
  return new ManagedTransfer(context, {
    name: basename(torrentFile),
    path: resolve(folder),
    limits,
    begin: (transfer) => seedInto(context, transfer, torrentFile, folder, { ...options, limits }),
  })
}

type WithLimits<Options> = Omit<Options, 'limits'> & { readonly limits: Limits }

/** Hashes `path` and seeds it as `transfer`; answers the transfer that does. @throws ShoalError as ShoalPeer.share */
const shareInto = async (
  context: NodeContext,
  transfer: ManagedTransfer,
  path: string,
  { name, limits, ...waiting }: WithLimits<ShareOptions>,
): Promise<ListedTransfer> => {
  const { bytes } = await transfer.course.prepare(
    'hashing',
    ({ signal, onProgress }) =>
      createTorrent(path, { ...(name !== undefined && { name }), onProgress, signal }),
    waiting,
  )
  requireRoom(context)
  return seedAs(context, transfer, bytes, resolve(path), limits)
}

/** Seeds what `folder` holds of a .torrent as `transfer`. @throws ShoalError as ShoalPeer.seed */
const seedInto = async (
  context: NodeContext,
  transfer: ManagedTransfer,
  torrentFile: string,
  folder: string,
  { skipVerify, limits, ...waiting }: WithLimits<SeedOptions>,
): Promise<ListedTransfer> => {
  const bytes = await readMetainfo(torrentFile)
  const { description } = foundIn(bytes)
  const path = resolve(folder, description.content.name)
  if (!skipVerify)
    await transfer.course.prepare(
      'hashing',
      (preparation) => requireComplete(description, path, preparation),
      waiting,
    )
  return seedAs(context, transfer, bytes, path, limits)
}

const seedAs = async (
  context: NodeContext,
  transfer: ManagedTransfer,
  metainfo: Uint8Array,
  path: string,
  limits: Limits,
): Promise<ListedTransfer> => {
  const found = foundIn(metainfo)
  const known = knownTransfer(context, found.description)
  if (known !== undefined && known !== transfer) {
    await transfer.stop()
    if (known.course.isPaused) await known.resume()
    if (known.isSeeding) return known
    throw new ShoalError('USAGE', `this peer is downloading "${found.description.content.name}" already`)
  }
  await transfer.course.begin({
    found,
    path,
    isComplete: true,
    shallSeed: true,
    priorities: [],
    isSequential: false,
    limits,
    completedAt: Date.now(),
  })
  return transfer
}
