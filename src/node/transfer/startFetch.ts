import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SwarmBudget } from '../../engine/rate/budget.js'
import { Swarm } from '../../engine/swarm/swarm.js'
import { PieceVerifier } from '../../engine/verifier/pieceVerifier.js'
import { TreeVerifier } from '../../engine/verifier/treeVerifier.js'
import { TrustingVerifier } from '../../engine/verifier/trustingVerifier.js'
import type { Verifier } from '../../engine/verifier/verifier.js'
import type { Bitfield } from '../../protocol/bitfield.js'
import { encodeUtf8 } from '../../protocol/bytes.js'
import { toHex } from '../../protocol/hex.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { diskError } from '../../storage/diskError.js'
import { DownloadFiles } from '../../storage/downloadFiles.js'
import type { Priority, RateLimits } from '../api.js'
import { leave, limitsFor, maySeed, requireRunning, type NodeContext } from '../context.js'
import type { Found } from '../find/found.js'
import { PeerSearch } from '../find/peerSearch.js'
import { hashes } from '../hashes.js'
import { ownEndpoint } from '../serve/context.js'
import type { Limits } from '../limits.js'
import { linkOpener } from '../link/openLink.js'
import { webSeedsOf } from '../link/webSeed/webSeed.js'
import { ownInfoHash } from '../torrent/description.js'
import { Proofs } from '../torrent/proofs.js'
import { newTorrent, type Torrent } from '../torrent/torrent.js'
import { Dialer } from './dialer.js'
import { Download } from './download.js'
import { FileChoice } from './fileChoice.js'
import { admit, register } from './register.js'
import { ActiveTransfer } from './transfer.js'

/** The disk may fail before the download that is to be told stands. */
interface DiskEvents {
  download: Download | undefined
}

export interface FetchOptions {
  /** Whether it is seeded once complete. */
  readonly seed: boolean
  /** Of each file. */
  readonly priorities: readonly Priority[]
  readonly isSequential: boolean
  readonly limits: Partial<RateLimits> | undefined
}

/** Begins or resumes the download of what was found into `output`. @throws ShoalError as ShoalPeer.get */
export const startFetch = async (
  context: NodeContext,
  found: Found,
  output: string,
  options: FetchOptions,
): Promise<ActiveTransfer> => {
  const layout = new Layout(found.description.content)
  const choice = new FileChoice(found.description.content, layout, options.priorities)
  const limits = limitsFor(context, options.limits)
  const disk: DiskEvents = { download: undefined }
  const { files, has } = await openFiles(context, found, { layout, choice, output, disk })
  const { torrent, verifier } = assemble(context, found, { layout, files, has, choice, limits })
  try {
    await restore(torrent, verifier, files)
    requireRunning(context)
  } catch (error) {
    await files.close()
    throw error
  }
  const registrations = register(context, torrent, 'leecher', (peers) => disk.download?.addPeers(peers))
  const download = new Download({
    torrent,
    files,
    verifier,
    openLink: linkOpener(context, torrent, verifier),
    webSeeds: webSeedsOf(webSeedUrls(found), torrent, context.logger),
    findPeers: () => {
      registrations.forEach((registration) => registration.speak())
      search.findPeers()
    },
    onComplete: () => void transfer.finish(),
    logger: context.logger,
    now: context.now,
  })
  disk.download = download
  const dialer = new Dialer(context, torrent)
  const search = searchAsLeecher(context, found, { torrent, download, dialer, choice })
  const transfer = new ActiveTransfer({
    key: context.nextKey(),
    torrent,
    path: join(output, found.description.content.name),
    size: layout.size,
    registrations,
    search,
    dialer,
    fetch: { download, files, choice, maySeed: () => maySeed(context) },
    isSeeding: options.seed,
    logger: context.logger,
    now: context.now,
    onLeave: (left) => leave(context, left),
  })
  context.torrents.add(torrent)
  context.transfers.add(transfer)
  transfer.start()
  download.setLevels(choice.levels)
  if (options.isSequential) transfer.setSequential(true)
  download.addPeers([...admit(context, torrent, found.peers), ...found.endpoints, ...context.options.peers])
  return transfer
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
    onPeers: (peers) => {
      download.addPeers(peers)
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
}

const openFiles = async (context: NodeContext, found: Found, { layout, choice, output, disk }: Place) => {
  const { description, torrentIds } = found
  const { wanted, selected } = choice
  const [first] = torrentIds
  const identity = ownInfoHash(description) ?? `${first?.[0] ?? ''}#${first?.[1] ?? ''}`
  const name = toHex(hashes.sha256(encodeUtf8(`${identity}\n${output}`))).slice(0, 32)
  try {
    await mkdir(output, { recursive: true })
  } catch (error) {
    throw diskError(error, output)
  }
  return DownloadFiles.open({
    content: description.content,
    layout,
    folder: output,
    journal: join(context.options.state, 'resume', `${name}.journal`),
    wanted,
    ...(layout.isStream && { selected, piecesV1: description.metainfo?.piecesV1 }),
    identity,
    sha256: hashes.sha256,
    cache: context.cache,
    onFailure: (error) => {
      context.logger.error(`${error.message}. ${error.remedy}`)
      disk.download?.setFailure(error)
    },
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
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const { first, count } = layout.chunksOf(piece)
    const there = has.countIn(first, count)
    if (there === 0 || there === count) continue
    for (let chunk = first; chunk < first + count; chunk++)
      if (has.has(chunk)) verifier.restore(chunk, hashes.sha256(await files.read(chunk)))
  }
}
