import { Bitfield } from '../../protocol/bitfield.js'
import { InitialSeeding } from '../../engine/seeding/initialSeeding.js'
import { ShoalError } from '../../protocol/errors.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { SeedFiles } from '../../storage/seedFiles.js'
import { leave, maySeed, requireRunning, type NodeContext } from '../context.js'
import { PeerSearch } from '../find/peerSearch.js'
import { Proofs } from '../torrent/proofs.js'
import { newTorrent, type Torrent } from '../torrent/torrent.js'
import { Dialer } from './dialer.js'
import type { Launch, Plan } from './plan.js'
import { register } from './register.js'
import { ActiveTransfer } from './transfer.js'

/** @throws ShoalError ALREADY_SEEDING where one more may not be seeded */
export const requireRoom = (context: NodeContext): void => {
  if (maySeed(context)) return
  throw new ShoalError(
    'ALREADY_SEEDING',
    `this peer seeds ${context.seedLimit} at once and not more (--seed-limit)`,
  )
}

/** Takes content that stands at its place, verified. @throws ShoalError as ShoalPeer.seed */
export const startSeeding = async (
  context: NodeContext,
  { found, path, shallSeed: isSeeding, limits }: Plan,
  { isPaused = false, adopt }: Launch,
): Promise<void> => {
  const { description, torrentIds } = found
  const layout = new Layout(description.content)
  const reader = await SeedFiles.open(description.content, layout, path, context.cache)
  const proofs = new Proofs(description, layout, (chunk) => reader.read(chunk))
  const has = Bitfield.full(layout.chunkCount)
  if (context.stopping.aborted || (isSeeding && !isPaused && !maySeed(context))) {
    await reader.close()
    requireRunning(context)
    requireRoom(context)
  }
  const torrent = newTorrent({ description, layout, has, reader, proofs, torrentIds, limits })
  torrent.isServed = isSeeding
  withholdAtFirst(context, torrent)
  const dialer = new Dialer(context, torrent)
  const transfer = new ActiveTransfer({
    torrent,
    path,
    size: layout.size,
    registrations: isSeeding ? register(context, torrent, 'seeder', () => undefined) : [],
    search: isSeeding ? searchAsSeeder(context, torrent, dialer) : undefined,
    dialer,
    fetch: undefined,
    isSeeding,
    logger: context.logger,
    now: context.now,
    onLeave: () => leave(context, torrent),
  })
  adopt(transfer)
  if (isPaused) return transfer.stop()
  if (isSeeding) {
    context.torrents.add(torrent)
    context.logger.info(() => `Seeding "${description.content.name}" from ${path}`)
  }
  transfer.start()
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
    onPeers: (peers, origin) => {
      torrent.origins.note(peers, origin)
      dialer.add(peers)
    },
  })
