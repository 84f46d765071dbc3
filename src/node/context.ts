import type { Announce } from '../discovery/announceCall.js'
import type { LocalDiscovery } from '../discovery/localDiscovery.js'
import type { SharedLimit } from '../engine/rate/budget.js'
import type { Random } from '../engine/random.js'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint, InfoHash, InfoHashV1, PeerId } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'
import type { BlockCache } from '../storage/blockCache.js'
import type { NodeOptions, RateLimits } from './api.js'
import { Limits } from './limits.js'
import type { Reachability } from './reach/reachability.js'
import type { ServeContext } from './serve/context.js'
import { ownInfoHash, type Description } from './torrent/description.js'
import type { TorrentTable } from './torrent/torrentTable.js'
import type { TrackerLink } from './tracker/trackerLink.js'
import type { Torrent } from './torrent/torrent.js'
import type { ListedTransfer } from './transfer/listed.js'

/** What the parts of a running peer share. */
export interface NodeContext {
  readonly options: NodeOptions
  readonly peerId: PeerId
  /** The same on the BitTorrent wire, 20 bytes. */
  readonly wirePeerId: Uint8Array
  /** What serving others works on. */
  readonly serving: ServeContext
  /** Where it listens. */
  readonly endpoint: Endpoint
  readonly trackers: readonly TrackerLink[]
  /** How others come to this peer, and it to others that cannot be dialled. */
  readonly reachability: Reachability
  /** Announces to BitTorrent trackers. */
  readonly announce: Announce
  /** Undefined where peers are not looked for on the local network. */
  readonly localDiscovery: LocalDiscovery | undefined
  readonly torrents: TorrentTable
  readonly transfers: Set<ListedTransfer>
  /** Downloads that are being looked up and opened, by info-hash: the same is not begun twice. */
  readonly opening: Map<InfoHash | InfoHashV1, Promise<ListedTransfer>>
  /** Torrents seeded at once; undefined for no limit. May change at any time. */
  seedLimit: number | undefined
  /** What names the next transfer. */
  readonly nextKey: () => number
  /** Aborts when the peer stops: nothing begins after that. */
  readonly stopping: AbortSignal
  /** What this peer sends and fetches in all. */
  readonly limits: Limits
  /** What all downloads share. */
  readonly downloadLimit: SharedLimit
  /** Runs of chunks read ahead, for all torrents together. */
  readonly cache: BlockCache
  readonly logger: Logger
  /** Milliseconds, never going back. */
  readonly now: () => number
  readonly random: Random
}

/** The limits that a torrent begins with: those asked for, else those that are set for each. @throws ShoalError USAGE */
export const limitsFor = ({ options, now }: NodeContext, asked: Partial<RateLimits> | undefined): Limits =>
  new Limits({ download: undefined, upload: undefined, ...options.torrentLimits, ...asked }, now)

/** Whether one more torrent may be seeded (the one-file rule is a limit of 1). */
export const maySeed = ({ seedLimit, transfers }: NodeContext): boolean =>
  seedLimit === undefined || [...transfers].filter((transfer) => transfer.isSeeding).length < seedLimit

/** The transfer of this very torrent that is listed, if there is one; what came to an end does not count. */
export const knownTransfer = (
  { transfers }: NodeContext,
  description: Description,
): ListedTransfer | undefined => {
  const infoHash = ownInfoHash(description)
  return [...transfers].find(
    (transfer) =>
      infoHash !== undefined &&
      transfer.description !== undefined &&
      ownInfoHash(transfer.description) === infoHash &&
      !transfer.isOver,
  )
}

/** @throws ShoalError INTERRUPTED once the peer stops */
export const requireRunning = ({ stopping }: NodeContext): void => {
  if (stopping.aborted) throw new ShoalError('INTERRUPTED', 'the peer is being stopped')
}

/** `torrent` is no longer served. */
export const leave = ({ torrents }: NodeContext, torrent: Torrent): void => torrents.delete(torrent)
