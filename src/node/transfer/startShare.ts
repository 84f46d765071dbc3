import { resolve } from 'node:path'
import { Bitfield } from '../../protocol/bitfield.js'
import { InitialSeeding } from '../../engine/seeding/initialSeeding.js'
import { ShoalError } from '../../protocol/errors.js'
import type { TorrentId } from '../../protocol/ids.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { SeedFiles } from '../../storage/seedFiles.js'
import { verifyContent } from '../../storage/hash/verify.js'
import type { RateLimits, SeedOptions, ShareOptions } from '../api.js'
import { createTorrent } from '../content.js'
import { knownTransfer, leave, limitsFor, maySeed, requireRunning, type NodeContext } from '../context.js'
import { PeerSearch } from '../find/peerSearch.js'
import { readMetainfo } from '../find/readMetainfo.js'
import { describeMetainfo, type Description } from '../torrent/description.js'
import { Proofs } from '../torrent/proofs.js'
import { newTorrent, type Torrent } from '../torrent/torrent.js'
import { Dialer } from './dialer.js'
import { register } from './register.js'
import { ActiveTransfer } from './transfer.js'

const requireRoom = (context: NodeContext): void => {
  if (maySeed(context)) return
  const { seedLimit } = context.options
  throw new ShoalError('ALREADY_SEEDING', `this peer seeds ${seedLimit} at once and not more (--seed-limit)`)
}

/** Hashes `path` and seeds it. @throws ShoalError as ShoalPeer.share */
export const startShare = async (
  context: NodeContext,
  path: string,
  options: ShareOptions,
): Promise<ActiveTransfer> => {
  requireRoom(context)
  const { name, limits, onProgress, signal } = options
  const { bytes } = await createTorrent(path, {
    ...(name !== undefined && { name }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  })
  requireRoom(context)
  return seedFiles(context, describeMetainfo(bytes), resolve(path), { isSeeding: true, limits })
}

/** Seeds what `folder` holds of a .torrent. @throws ShoalError as ShoalPeer.seed */
export const startSeed = async (
  context: NodeContext,
  torrentFile: string,
  folder: string,
  options: SeedOptions,
): Promise<ActiveTransfer> => {
  requireRoom(context)
  const description = describeMetainfo(await readMetainfo(torrentFile))
  if (!options.skipVerify) await requireComplete(description, folder, options)
  const path = resolve(folder, description.content.name)
  return seedFiles(context, description, path, { isSeeding: true, limits: options.limits })
}

/** @throws ShoalError VERIFICATION_FAILED, naming files, when `folder` does not hold all of the torrent */
export const requireComplete = async (
  { metainfo, content }: Description,
  folder: string,
  { onProgress, signal }: Omit<SeedOptions, 'skipVerify'>,
): Promise<void> => {
  if (metainfo === undefined) return
  const report = await verifyContent(metainfo, folder, {
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  })
  if (report.isComplete) return
  const bad = report.files.filter((file) => file.state !== 'complete')
  const named = bad.slice(0, 3).map((file) => `${file.path.join('/')} (${file.state})`)
  throw new ShoalError(
    'VERIFICATION_FAILED',
    `"${content.name}" is not whole: ${named.join(', ')}${bad.length > 3 ? ' …' : ''}`,
  )
}

export interface SeedFilesOptions {
  /** Else it is kept and not served. */
  readonly isSeeding: boolean
  readonly torrentIds?: ReadonlyMap<string, TorrentId>
  readonly limits?: Partial<RateLimits> | undefined
}

/** Takes content that stands at `path`, verified. The same torrent seeded already is returned as it is. */
export const seedFiles = async (
  context: NodeContext,
  description: Description,
  path: string,
  { isSeeding, torrentIds = new Map(), limits: asked }: SeedFilesOptions,
): Promise<ActiveTransfer> => {
  const known = knownTransfer(context, description)
  if (known?.phase === 'seeding') return known
  if (known !== undefined)
    throw new ShoalError('USAGE', `this peer is downloading "${description.content.name}" already`)
  const layout = new Layout(description.content)
  const limits = limitsFor(context, asked)
  const reader = await SeedFiles.open(description.content, layout, path, context.cache)
  const proofs = new Proofs(description, layout, (chunk) => reader.read(chunk))
  const has = Bitfield.full(layout.chunkCount)
  if (context.stopping.aborted || (isSeeding && !maySeed(context))) {
    await reader.close()
    requireRunning(context)
    requireRoom(context)
  }
  const torrent = newTorrent({ description, layout, has, reader, proofs, torrentIds, limits })
  torrent.isServed = isSeeding
  withholdAtFirst(context, torrent)
  const dialer = new Dialer(context, torrent)
  const search = isSeeding ? searchAsSeeder(context, torrent, dialer) : undefined
  const transfer = new ActiveTransfer({
    key: context.nextKey(),
    torrent,
    path,
    size: layout.size,
    registrations: isSeeding ? register(context, torrent, 'seeder', () => undefined) : [],
    search,
    dialer,
    fetch: undefined,
    isSeeding,
    logger: context.logger,
    now: context.now,
    onLeave: (left) => leave(context, left),
  })
  if (isSeeding) {
    context.torrents.add(torrent)
    context.logger.info(() => `Seeding "${description.content.name}" from ${path}`)
  }
  context.transfers.add(transfer)
  transfer.start()
  return transfer
}

/** Content with fewer pieces is told of whole: there is too little to divide. */
const LEAST_DIVIDED = 16
/** So is content with more: told one by one they are 9 bytes each to every peer, here 576 KiB. */
const MOST_DIVIDED = 65_536

/** Content that was not fetched may be here alone, until others say that they have it. */
const withholdAtFirst = ({ options, random, serving }: NodeContext, torrent: Torrent): void => {
  const { layout } = torrent
  const isDivided = layout.pieceCount >= LEAST_DIVIDED && layout.pieceCount <= MOST_DIVIDED
  if (options.noSuperSeeding === true || !isDivided) return
  torrent.initialSeeding = new InitialSeeding({
    layout,
    random,
    onPassedOn: (key) => serving.slots.passedOn(key),
    onOver: () => (torrent.initialSeeding = undefined),
  })
}

/** Others find a seeder so, and it finds leechers. */
const searchAsSeeder = (context: NodeContext, torrent: Torrent, dialer: Dialer): PeerSearch =>
  new PeerSearch(context, {
    description: torrent.description,
    trackers: torrent.description.metainfo?.trackers ?? [],
    progress: () => ({ uploaded: torrent.uploads.total, downloaded: 0, left: 0 }),
    onPeers: (peers) => dialer.add(peers),
  })
