import type { Source } from '../../engine/peer/source.js'
import { peerKey } from '../../engine/swarm/peerBook.js'
import type { Endpoint, PeerId } from '../../protocol/ids.js'
import type { Taker } from '../serve/takers.js'
import type { Torrent } from '../torrent/torrent.js'
import type { Download } from '../transfer/download.js'
import type { PeerDetail, SessionDetail } from './reports.js'

/** Every peer that a torrent is taken from or given to at `now`; `download` while it is fetched. */
export const peerDetails = (
  torrent: Torrent,
  download: Download | undefined,
  now: number,
): readonly PeerDetail[] => {
  const sessions = new Map([...torrent.sessions].map(({ detail }) => [detail.key, detail]))
  const view = new View(torrent, download, now)
  const sources = [...((download && torrent.swarm?.sources) ?? [])].map(([key, source]) => {
    const session = sessions.get(key)
    sessions.delete(key)
    return view.source(key, source, session)
  })
  const others = [...sessions.values()].map((session) => view.session(session))
  const takers = [...torrent.takers.present(now)].map(([key, taker]) => view.taker(key, taker))
  return [...sources, ...others, ...takers]
}

/** What is said of a connection where it says nothing of itself. */
const QUIET = {
  client: undefined,
  encryption: 'none',
  route: 'direct',
  progress: 0,
  downloadRate: 0,
  uploadRate: 0,
  downloaded: 0,
  uploaded: 0,
  wasted: 0,
  isChokingUs: false,
  isInterestedInUs: false,
  isChokedByUs: false,
  isOfInterest: false,
} as const

class View {
  readonly #torrent: Torrent
  readonly #download: Download | undefined
  readonly #now: number
  /** Peers that have an id of this network, by where they listen. */
  readonly #ids: ReadonlyMap<string, PeerId>

  constructor(torrent: Torrent, download: Download | undefined, now: number) {
    this.#torrent = torrent
    this.#download = download
    this.#now = now
    this.#ids = new Map([...torrent.peers].map(([peerId, peer]) => [peerKey(peer), peerId]))
  }

  source(key: string, source: Source, session: SessionDetail | undefined): PeerDetail {
    const endpoint = this.#download?.endpoints.get(key) ?? { host: '', port: 0 }
    const tally = this.#download?.tallies.get(key)
    const wire = this.#download?.wireOf(key) ?? 'bittorrent'
    return {
      ...QUIET,
      ...(session ?? { key, ...endpoint, direction: 'outgoing' }),
      ...this.#known(session ?? endpoint),
      ...(this.#download?.arrivals.get(key)?.isSecure === true && { encryption: 'tls' }),
      ...(wire === 'web' && { origin: 'torrent', encryption: key.startsWith('https:') ? 'tls' : 'none' }),
      wire,
      state: stateOf(source),
      progress: source.holdings.chunks.count / Math.max(1, this.#torrent.layout.chunkCount),
      downloadRate: source.meter.rate(this.#now),
      downloaded: tally?.received ?? 0,
      wasted: tally?.wasted ?? 0,
      isChokingUs: source.state !== 'unchoked',
      isOfInterest: source.useful > 0,
    }
  }

  session(session: SessionDetail): PeerDetail {
    const state = session.uploadRate > 0 ? 'uploading' : 'idle'
    return { ...QUIET, ...session, ...this.#known(session), wire: 'bittorrent', state }
  }

  taker(key: string, { host, port, peerId, given, isSecure }: Taker): PeerDetail {
    const uploadRate = given.rate(this.#now)
    const state = uploadRate > 0 ? 'uploading' : 'idle'
    const rest = { peerId, origin: 'incoming', direction: 'incoming', isInterestedInUs: true } as const
    const encryption = isSecure ? 'tls' : 'none'
    const uploaded = given.total
    return { ...QUIET, key, host, port, ...rest, wire: 'json', encryption, state, uploadRate, uploaded }
  }

  #known(endpoint: Endpoint & Partial<SessionDetail>): Pick<PeerDetail, 'peerId' | 'origin'> {
    const origin = this.#torrent.origins.of(endpoint)
    return {
      peerId: this.#ids.get(peerKey(endpoint)),
      origin: origin ?? (endpoint.direction === 'incoming' ? 'incoming' : 'unknown'),
    }
  }
}

const stateOf = (source: Source): PeerDetail['state'] => {
  if (source.state === 'asking') return 'connecting'
  if (source.inFlight.size > 0) return 'downloading'
  return source.state === 'choked' ? 'choked' : 'idle'
}
