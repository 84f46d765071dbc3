import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SwarmBudget } from '../../engine/rate/budget.js'
import { Swarm } from '../../engine/swarm/swarm.js'
import { PieceVerifier } from '../../engine/verifier/pieceVerifier.js'
import { TreeVerifier } from '../../engine/verifier/treeVerifier.js'
import { TrustingVerifier } from '../../engine/verifier/trustingVerifier.js'
import type { Verifier } from '../../engine/verifier/verifier.js'
import type { Bitfield } from '../../protocol/bitfield.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { diskError } from '../../storage/diskError.js'
import { DownloadFiles } from '../../storage/downloadFiles.js'
import { leave, maySeed, requireRunning, type NodeContext } from '../context.js'
import type { Found } from '../find/found.js'
import { PeerSearch } from '../find/peerSearch.js'
import { hashes } from '../hashes.js'
import { ownEndpoint } from '../serve/context.js'
import type { Limits } from '../limits.js'
import { linkOpener } from '../link/openLink.js'
import { webSeedsOf } from '../link/webSeed/webSeed.js'
import { Proofs } from '../torrent/proofs.js'
import { newTorrent, type Torrent } from '../torrent/torrent.js'
import { Dialer } from './dialer.js'
import { Download } from './download.js'
import { FileChoice } from './fileChoice.js'
import { identityOf, journalOf } from './journalPlace.js'
import type { Launch, Plan } from './plan.js'
import { admit, register } from './register.js'
import { ActiveTransfer } from './transfer.js'

/** The disk may fail before the download that is to be told stands. */
interface DiskEvents {
  download: Download | undefined
}

/** Begins or resumes the download of what was found. @throws ShoalError as ShoalPeer.get */
export const startFetch = async (context: NodeContext, plan: Plan, launch: Launch): Promise<void> => {
  const { found, path, limits } = plan
  const layout = new Layout(found.description.content)
  const choice = new FileChoice(found.description.content, layout, plan.priorities)
  const disk: DiskEvents = { download: undefined }
  const { proven } = launch
  const { files, has } = await openFiles(context, found, {
    layout,
    choice,
    output: dirname(path),
    disk,
    proven,
  })
  const { torrent, verifier } = assemble(context, found, { layout, files, has, choice, limits })
  try {
    await restore(torrent, verifier, files)
    requireRunning(context)
  } catch (error) {
    await files.close()
    throw error
  }
  const registrations = register(context, torrent, 'leecher', (peers) =>
    disk.download?.addPeers(peers, 'tracker'),
  )
  const download = new Download({
    torrent,
    files,
    verifier,
    openLink: linkOpener(context, torrent, verifier),
    webSeeds: webSeedsOf(webSeedUrls(found), torrent, context.logger),
    traffic: context.serving.traffic,
    findPeers: () => {
      registrations.forEach((registration) => registration.speak())
      search.findPeers()
    },
    onTick: () => transfer.playback.wake(),
    onComplete: () => void transfer.finish(),
    logger: context.logger,
    now: context.now,
  })
  disk.download = download
  const dialer = new Dialer(context, torrent)
  const search = searchAsLeecher(context, found, { torrent, download, dialer, choice })
  const transfer = new ActiveTransfer({
    torrent,
    path,
    size: layout.size,
    registrations,
    search,
    dialer,
    fetch: {
      download,
      files,
      choice,
      routeOf: (arrival) => context.reachability.routeOf(arrival),
      maySeed: () => maySeed(context),
    },
    isSeeding: plan.shallSeed,
    logger: context.logger,
    now: context.now,
    onLeave: () => leave(context, torrent),
  })
  launch.adopt(transfer)
  if (launch.isPaused === true) return transfer.stop()
  context.torrents.add(torrent)
  transfer.start()
  // What is wanted at all the swarm knows from its beginning.
  if (choice.hasUrgency) download.setLevels(choice.levels)
  if (plan.isSequential) transfer.setSequential(true)
  download.addPeers(admit(context, torrent, found.peers), 'tracker')
  download.addPeers([...found.endpoints, ...context.options.peers], 'given')
}

interface Searching {
  readonly torrent: Torrent & { readonly swarm: Swarm }
  readonly download: Download
  readonly dialer: Dialer
  readonly choice: FileChoice
}

const searchAsLeecher = (
  context: NodeContext,
  found: Found,
  { torrent, download, dialer, choice }: Searching,
): PeerSearch =>
  new PeerSearch(context, {
    description: found.description,
    trackers: trackersOf(found),
    progress: () => ({
      uploaded: torrent.uploads.total,
      downloaded: download.meter.total,
      left: torrent.layout.size - choice.size + torrent.swarm.missingBytes,
    }),
    onPeers: (peers, origin) => {
      download.addPeers(peers, origin)
      dialer.add(peers)
    },
  })

/** Those of the .torrent; one that has none, as what peers give for a magnet link, is announced to those of the link. */
const trackersOf = ({ description, magnetTrackers = [] }: Found): readonly (readonly string[])[] => {
  const own = description.metainfo?.trackers ?? []
  return own.length > 0 ? own : magnetTrackers.map((url) => [url])
}

const webSeedUrls = ({ description, magnetWebSeeds = [] }: Found): readonly string[] => [
  ...(description.metainfo?.webSeeds ?? []),
  ...magnetWebSeeds,
]

interface Place {
  readonly layout: Layout
  readonly choice: FileChoice
  readonly output: string
  readonly disk: DiskEvents
  readonly proven: Bitfield | undefined
}

const openFiles = async (
  context: NodeContext,
  found: Found,
  { layout, choice, output, disk, proven }: Place,
) => {
  const { description } = found
  const { wanted, selected } = choice
  try {
    await mkdir(output, { recursive: true })
  } catch (error) {
    throw diskError(error, output)
  }
  return DownloadFiles.open({
    content: description.content,
    layout,
    folder: output,
    journal: journalOf(context, found, output),
    wanted,
    proven,
    ...(layout.isStream && { selected, piecesV1: description.metainfo?.piecesV1 }),
    identity: identityOf(found),
    sha256: hashes.sha256,
    cache: context.cache,
    onFailure: (error) => {
      context.logger.error(`${error.message}. ${error.remedy}`)
      disk.download?.setFailure(error)
    },
    onLeaves: (first, leaves) => disk.download?.takeLeaves(first, leaves),
    onReady: () => disk.download?.setFailure(undefined),
  })
}

interface Assembly {
  readonly layout: Layout
  readonly files: DownloadFiles
  readonly has: Bitfield
  readonly choice: FileChoice
  readonly limits: Limits
}

const assemble = (
  context: NodeContext,
  { description, torrentIds }: Found,
  { layout, files, has, choice, limits }: Assembly,
): { torrent: Torrent & { swarm: Swarm }; verifier: Verifier | PieceVerifier } => {
  const budget = new SwarmBudget(limits.download, context.downloadLimit)
  const swarm = new Swarm({
    layout,
    have: has,
    wanted: choice.wanted,
    random: context.random,
    budget,
    own: ownEndpoint(context.serving),
  })
  const proofs: Proofs = new Proofs(
    description,
    layout,
    (chunk) => files.read(chunk),
    (piece) => tree?.treeOf(piece),
  )
  const hasTrees = description.isVerifiable && !layout.isStream
  const tree: TreeVerifier | undefined = hasTrees ? treeVerifier(layout, proofs) : undefined
  const parts = { description, layout, has, reader: files, proofs, torrentIds, limits }
  const torrent = { ...newTorrent(parts), swarm }
  const { piecesV1 } = description.metainfo ?? {}
  const pieces = layout.isStream && piecesV1 ? new PieceVerifier(layout, piecesV1) : undefined
  return { torrent, verifier: pieces ?? tree ?? new TrustingVerifier() }
}

const treeVerifier = (layout: Layout, proofs: Proofs): TreeVerifier =>
  new TreeVerifier(
    hashes.sha256,
    layout,
    (piece) => proofs.hashOf(piece),
    (piece, tree) => proofs.keep(piece, tree),
  )

/** The hashes of chunks that an earlier run left in pieces that are not complete; of v1 alone it leaves whole pieces. */
const restore = async (
  torrent: Torrent,
  verifier: Verifier | PieceVerifier,
  files: DownloadFiles,
): Promise<void> => {
  if (verifier instanceof PieceVerifier) return
  const { layout, has } = torrent
  if (has.count === 0) return
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const { first, count } = layout.chunksOf(piece)
    const there = has.countIn(first, count)
    if (there === 0 || there === count) continue
    for (let chunk = first; chunk < first + count; chunk++)
      if (has.has(chunk)) verifier.restore(chunk, hashes.sha256(await files.read(chunk)))
  }
}
