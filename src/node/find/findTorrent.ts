import { ShoalError } from '../../protocol/errors.js'
import { parseTorrentId, type InfoHash, type TorrentId } from '../../protocol/ids.js'
import { parseMagnet, type Magnet } from '../../protocol/metainfo/magnet.js'
import type { NodeContext } from '../context.js'
import { describeMetainfo, describeObject } from '../torrent/description.js'
import type { TrackerLink } from '../tracker/trackerLink.js'
import type { Found } from './found.js'
import { findMetadata, mayFindMetadata } from './metadataSearch.js'
import { probeSize } from './probeSize.js'
import { fetchMetainfo, readMetainfo } from './readMetainfo.js'

/**
 * Looks up what a user named: an id of a tracker, a magnet link, or a .torrent as a path, a URL or its bytes.
 *
 * @throws ShoalError TORRENT_NOT_FOUND, TRACKER_UNREACHABLE, PATH_NOT_FOUND, METAINFO_INVALID, CONFIG_INVALID
 */
export const findTorrent = async (
  what: string | Uint8Array,
  context: NodeContext,
  signal: AbortSignal | undefined,
): Promise<Found> => {
  const { trackers } = context
  if (typeof what !== 'string') return foundIn(what)
  const id = parseTorrentId(what)
  if (id !== undefined) return findById(id, trackers)
  if (/^magnet:/i.test(what)) return findByMagnet(what, context, signal)
  return foundIn(/^https?:\/\//i.test(what) ? await fetchMetainfo(what, signal) : await readMetainfo(what))
}

/** What a .torrent says by itself. @throws ShoalError METAINFO_INVALID, BENCODE_INVALID, PATH_UNSAFE */
export const foundIn = (torrent: Uint8Array): Found => ({
  description: describeMetainfo(torrent),
  torrentIds: new Map<string, TorrentId>(),
  peers: new Map(),
  endpoints: [],
})

const findById = async (id: TorrentId, trackers: readonly TrackerLink[]): Promise<Found> =>
  fromFirst(trackers, `torrent ${id}`, (link) => foundAt(link, id, undefined))

/** Shoal's trackers list by the v2 info-hash; where they do not know it, or there is none, peers give the metadata. */
const findByMagnet = async (
  text: string,
  context: NodeContext,
  signal: AbortSignal | undefined,
): Promise<Found> => {
  const magnet = parseMagnet(text)
  const isElsewhere = mayFindMetadata(context, magnet)
  if (magnet.infoHash !== undefined && (context.trackers.length > 0 || !isElsewhere)) {
    try {
      return await findListed(magnet.infoHash, magnet, context.trackers)
    } catch (error) {
      if (!(error instanceof ShoalError) || !isElsewhere) throw error
      context.logger.info(() => `No tracker gives it: ${error.message}`)
    }
  }
  if (!isElsewhere)
    throw new ShoalError('TORRENT_NOT_FOUND', 'the magnet link names neither a tracker nor a peer to ask')
  const { torrent, endpoints } = await findMetadata(context, magnet, signal)
  return {
    description: describeMetainfo(torrent),
    torrentIds: new Map(),
    peers: new Map(),
    endpoints,
    magnetTrackers: magnet.trackers,
    magnetWebSeeds: magnet.webSeeds,
    select: magnet.select,
  }
}

const findListed = async (
  infoHash: InfoHash,
  { name, peers, trackers: magnetTrackers, webSeeds: magnetWebSeeds, select }: Magnet,
  trackers: readonly TrackerLink[],
): Promise<Found> => {
  const found = await fromFirst(trackers, `torrent ${infoHash}`, async (link) => {
    const id = (await link.tracker.find(infoHash, name)) ?? (await link.tracker.find(infoHash))
    return id === undefined ? undefined : foundAt(link, id, infoHash)
  })
  return { ...found, endpoints: peers, magnetTrackers, magnetWebSeeds, select }
}

/** What the first tracker says that has it; a tracker that cannot be reached is passed over. */
const fromFirst = async (
  trackers: readonly TrackerLink[],
  what: string,
  find: (link: TrackerLink) => Promise<Found | undefined>,
): Promise<Found> => {
  if (trackers.length === 0)
    throw new ShoalError(
      'CONFIG_INVALID',
      `${what} can only be found through a tracker: name one with --tracker`,
    )
  let failure: unknown
  for (const link of trackers) {
    try {
      const found = await find(link)
      if (found !== undefined) return found
    } catch (error) {
      if (!(error instanceof ShoalError)) throw error
      if (error.code !== 'TORRENT_NOT_FOUND') failure = error
    }
  }
  if (failure instanceof ShoalError) throw failure
  throw new ShoalError('TORRENT_NOT_FOUND', `no tracker knows ${what}`)
}

const foundAt = async (link: TrackerLink, id: TorrentId, infoHash: InfoHash | undefined): Promise<Found> => {
  const { torrent } = await link.tracker.torrent(id, { withMetainfo: true, infoHash })
  const peers = new Map([...torrent.seeders, ...torrent.leechers])
  const size =
    torrent.metainfo === undefined && torrent.fileSize === undefined
      ? await probeSize([...torrent.seeders.values()], torrent)
      : undefined
  const description = describeObject(torrent, { size, expected: infoHash })
  return { description, torrentIds: new Map([[link.key, id]]), peers, endpoints: [] }
}
