import { withAnnounceUrls } from '../../../protocol/metainfo/announceUrl.js'
import { formatMagnet } from '../../../protocol/metainfo/magnet.js'
import { parseTorrentId, type TorrentId } from '../../../protocol/ids.js'
import type { Asker, TorrentView, TrackerStore } from '../../store/store.js'
import { refusalOf } from '../authority.js'
import { ownUrls, type OwnUrls } from '../ownUrls.js'
import { json, problem, type Route, type WebAnswer, type WebRequest } from '../route.js'

/** Torrents in one page. */
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 200

/** Characters of a name that is searched for. */
const MAX_QUERY = 256

export interface TorrentRouteOptions {
  readonly store: TrackerStore
  /** Where clients reach the tracker, if it was told. */
  readonly publicUrl: URL | undefined
  /** What a request must carry that changes something; undefined: programs of this machine may. */
  readonly adminToken: string | undefined
  /** Told of a torrent that was removed. */
  readonly onRemoved: (torrentId: TorrentId, host: string) => void
}

/** Answers that depend on what the client calls the tracker are for it alone. */
const UNCACHED = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

const NOT_FOUND = problem(404, 'No such torrent')

/** A count from a query; undefined where it is none. */
const countOf = (text: string | null): number | undefined =>
  text !== null && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined

const askerOf = ({ host }: WebRequest): Asker => ({ host, wires: ['bittorrent'] })

/** A torrent as a page names it; what is not known is left out. */
const documentOf = ({ torrentId, content, seeders, leechers }: TorrentView, urls: OwnUrls | undefined) => {
  const { fileName, fileSize, chunks, infoHash, infoHashV1, files } = content
  const magnet = formatMagnet({ infoHash, infoHashV1, name: fileName, trackers: urls?.announce ?? [] })
  return {
    id: torrentId,
    name: fileName,
    size: fileSize,
    chunks,
    files: files?.length,
    infoHash,
    infoHashV1,
    seeders: seeders.size,
    leechers: leechers.size,
    magnet: infoHash === undefined && infoHashV1 === undefined ? undefined : magnet,
    torrent: content.isProven ? `/torrents/${torrentId}.torrent` : undefined,
  }
}

class TorrentRoutes {
  readonly #options: TorrentRouteOptions

  constructor(options: TorrentRouteOptions) {
    this.#options = options
  }

  async list(request: WebRequest): Promise<WebAnswer> {
    const { store, publicUrl } = this.#options
    const parameters = new URLSearchParams(request.query)
    const query = parameters.get('query')?.slice(0, MAX_QUERY)
    const offset = countOf(parameters.get('offset')) ?? 0
    const limit = Math.min(countOf(parameters.get('limit')) ?? DEFAULT_LIMIT, MAX_LIMIT)
    const asker = askerOf(request)
    const page = await store.page({ query, offset, limit, maxPeers: 0, asker })
    const views = await Promise.all(
      page.rows.map(async ({ torrentId }) =>
        store.torrent({ torrentId, infoHash: undefined }, MAX_COUNTED, asker),
      ),
    )
    const urls = ownUrls(request, publicUrl)
    const torrents = views.filter((view) => view !== undefined).map((view) => documentOf(view, urls))
    const nextOffset = page.hasMore ? offset + page.rows.length : undefined
    return { ...json({ torrents, nextOffset }), headers: UNCACHED }
  }

  async metainfo(request: WebRequest, id = ''): Promise<WebAnswer> {
    const torrentId = parseTorrentId(id)
    const metainfo = torrentId && (await this.#options.store.metainfo(torrentId))
    if (metainfo === undefined) return NOT_FOUND
    const urls = ownUrls(request, this.#options.publicUrl)
    const disposition = { 'Content-Disposition': `attachment; filename="${torrentId}.torrent"` }
    return {
      status: 200,
      type: 'application/x-bittorrent',
      body: urls === undefined ? metainfo : withAnnounceUrls(metainfo, urls.announce),
      headers: { ...UNCACHED, ...disposition },
    }
  }

  async remove(request: WebRequest, id = ''): Promise<WebAnswer> {
    const { store, adminToken, onRemoved } = this.#options
    const refusal = refusalOf(request, adminToken)
    if (refusal !== undefined) return problem(403, 'Forbidden', refusal)
    const torrentId = parseTorrentId(id)
    if (torrentId === undefined || !(await store.remove(torrentId))) return NOT_FOUND
    onRemoved(torrentId, request.host)
    return { ...json({ removed: torrentId }), headers: UNCACHED }
  }
}

/** Peers of each kind that a page counts. */
const MAX_COUNTED = 1_000

/** The catalog over HTTP. */
export const torrentRoutes = (options: TorrentRouteOptions): readonly Route[] => {
  const routes = new TorrentRoutes(options)
  return [
    { method: 'GET', path: /^\/torrents$/, answer: (request) => routes.list(request) },
    {
      method: 'GET',
      path: /^\/torrents\/([0-9]{1,15})\.torrent$/,
      answer: (request, id) => routes.metainfo(request, id),
    },
    {
      method: 'DELETE',
      path: /^\/torrents\/([0-9]{1,15})$/,
      answer: (request, id) => routes.remove(request, id),
    },
  ]
}
