import type { PeerId, TorrentId } from '../../../protocol/ids.js'
import type { ListedPeer } from '../../../protocol/json/answer.js'
import type { Announce, Announced, Denial, SwarmCounts } from '../announce.js'
import { STORE_LIMITS, type StoreLimits } from '../limits.js'
import {
  contentKey,
  infoHashesOf,
  type Asker,
  type Content,
  type Joining,
  type Leaving,
  type Page,
  type PageRequest,
  type Publication,
  type Registrant,
  type Role,
  type StoreCounts,
  type Stranger,
  type TorrentRef,
  type TorrentView,
  type TrackerMode,
  type TrackerStore,
} from '../store.js'
import type { RedisUrl } from '../storeUrl.js'
import { RedisConnection } from './connection.js'
import { contentIn, contentText, idIn, listedIn, listedText, type Row } from './rows.js'
import { RedisSwarms } from './swarms.js'
import { viewOf } from './view.js'

/** Milliseconds after which the catalog is told again that a torrent has BitTorrent clients. */
const NOTE_AGE = 20_000

/** Torrents whose clients the catalog was told of lately, 100 bytes each. */
const MAX_NOTED = 100_000

/** Milliseconds that counts are good for: to count swarms is to look at all of them. */
const COUNTS_AGE = 10_000

/** Registered peers asked for each that is wanted, as some may mean nothing to the asker. */
const SPARE = 2

export interface RedisStoreOptions {
  readonly limits?: Partial<StoreLimits>
  readonly mode?: TrackerMode
  /** What all keys begin with. */
  readonly prefix?: string
  /** Whether the times given are the server's own already; for tests. */
  readonly isServerTime?: boolean
}

interface Outcome {
  readonly outcome: string
  readonly id?: string
  readonly limit?: string
  readonly isChanged?: boolean
  readonly hasMore?: boolean
  /** [torrent, peer as listed, its id, its role] for each that came, went or moved; an empty table of Lua is an object. */
  readonly moves: readonly (readonly [string, string, PeerId, string])[] | object
  readonly forgotten: readonly (readonly [string, string])[] | object
  readonly rows?: readonly Row[] | object
  readonly dropped?: readonly (readonly [PeerId, string])[] | object
}

const listOf = <Item>(list: readonly Item[] | object | undefined): readonly Item[] =>
  Array.isArray(list) ? (list as readonly Item[]) : []

interface Noted {
  readonly isSeeded: boolean
  readonly isPeopled: boolean
  readonly at: number
}

/**
 * A store in Redis that any number of trackers share.
 *
 * The catalog is in one slot, and each of its operations one script. So is each swarm: announces, which are the bulk, are
 * spread over a cluster. What is between the two (a registered peer in its swarms, an info-hash that leads to a torrent)
 * is written after the one and made good by the next announce where a tracker was killed between them.
 *
 * The store's clock is the server's: `now` is of performance.now(), which begins anew with each process.
 */
class RedisStore implements TrackerStore {
  readonly #connection: RedisConnection
  readonly #swarms: RedisSwarms
  readonly #key: string
  readonly #limits: StoreLimits
  readonly #isServerTime: boolean
  readonly #noted = new Map<string, Noted>()
  #offset = 0
  #counts: { readonly counts: Promise<StoreCounts>; readonly at: number } | undefined

  constructor(connection: RedisConnection, options: RedisStoreOptions) {
    const prefix = options.prefix ?? 'shoal'
    this.#connection = connection
    this.#swarms = new RedisSwarms(connection, prefix, options.mode ?? 'catalog')
    this.#key = `${prefix}:{catalog}`
    this.#limits = { ...STORE_LIMITS, ...options.limits }
    this.#isServerTime = options.isServerTime ?? false
    // Another server may have another clock.
    connection.onReady(() => void this.readClock().catch(() => undefined))
  }

  /** @throws ShoalError STORE_UNREACHABLE */
  async readClock(): Promise<void> {
    if (!this.#isServerTime) this.#offset = (await this.#connection.time()) - performance.now()
  }

  async publish(peer: Registrant, content: Content, now: number): Promise<Publication> {
    const { metainfo } = content
    const sizes = { metainfoBytes: metainfo?.length ?? 0, files: content.files?.length ?? 0 }
    const facts = {
      key: contentKey(peer.peerId, content),
      content: contentText(content),
      name: content.fileName.toLowerCase(),
      proven: content.isProven ? 1 : 0,
      infoHash: content.infoHash,
    }
    const answer = await this.#ask('publish', { ...this.#sender(peer, now), ...facts, ...sizes }, metainfo)
    const id = idIn(answer.id ?? 0)
    if (answer.outcome !== 'published') await this.#settle(answer, now)
    if (answer.outcome === 'foreign' || answer.outcome === 'unproven') return { outcome: answer.outcome }
    if (answer.outcome === 'already-seeding') return { outcome: 'already-seeding', torrentId: id }
    if (answer.outcome === 'full') return { outcome: 'full', limit: answer.limit ?? '' }
    const share = () =>
      this.#swarms.share(String(id), infoHashesOf(content), content.isProven, this.#time(now))
    if (answer.isChanged === true) await share()
    // Where a tracker was killed between the two, the torrent has no swarm yet.
    if (!(await this.#settle(answer, now))) {
      await share()
      await this.#settle(answer, now)
    }
    return { outcome: 'published', torrentId: id }
  }

  async join(peer: Registrant, ref: TorrentRef, role: Role, now: number): Promise<Joining> {
    const args = { ...this.#sender(peer, now), ...this.#named(ref), role: role === 'seeder' ? 's' : 'l' }
    const answer = await this.#ask('join', args)
    await this.#settle(answer, now)
    if (answer.outcome === 'full') return { outcome: 'full', limit: answer.limit ?? '' }
    return { outcome: answer.outcome as 'joined' | 'unknown' | Stranger }
  }

  async leave(peer: Registrant, ref: TorrentRef, now: number): Promise<Leaving> {
    const answer = await this.#ask('leave', { ...this.#sender(peer, now), ...this.#named(ref) })
    await this.#settle(answer, now)
    return answer.outcome as Leaving
  }

  async touch(peer: Registrant, now: number): Promise<void> {
    await this.#settle(await this.#ask('touch', this.#sender(peer, now)), now)
  }

  async isProven(peerId: PeerId): Promise<boolean> {
    return (await this.#ask('proven', { peer: peerId })).outcome === 'proven'
  }

  async torrent(ref: TorrentRef, maxPeers: number, asker: Asker): Promise<TorrentView | undefined> {
    const answer = await this.#ask('torrent', { ...this.#named(ref), most: SPARE * maxPeers })
    const [row] = listOf<Row>(answer.rows)
    return row && viewOf(this.#swarms, row, maxPeers, asker)
  }

  async metainfo(torrentId: TorrentId): Promise<Uint8Array | undefined> {
    return (await this.#connection.bytes(`${this.#key}:m:${torrentId}`)) ?? undefined
  }

  async page(request: PageRequest): Promise<Page> {
    const { query, offset, limit, maxPeers, asker } = request
    const list = asker.wires.includes('bittorrent') ? 'wires' : 'listed'
    const wanted = { list, query: query?.toLowerCase() ?? '', offset, limit, most: SPARE * maxPeers }
    const answer = await this.#ask('page', wanted)
    const views = await Promise.all(
      listOf<Row>(answer.rows).map((row) => viewOf(this.#swarms, row, maxPeers, asker)),
    )
    const rows = views.map(({ torrentId, content, seeders, leechers }) => {
      const { fileName, chunks, fileSize, infoHash } = content
      return { torrentId, fileName, chunks, fileSize, infoHash, seeders, leechers }
    })
    return { rows, hasMore: answer.hasMore === true }
  }

  async announce(announce: Announce, now: number): Promise<Announced | Denial> {
    const { answer, swarm } = await this.#swarms.announce(announce, this.#time(now))
    if (typeof answer === 'object' && swarm.startsWith('t')) await this.#note(swarm.slice(1), answer, now)
    return answer
  }

  async accepts(infoHash: Uint8Array): Promise<boolean> {
    return (await this.#swarms.scrape(infoHash)) !== undefined
  }

  scrape(infoHashes: readonly Uint8Array[]): Promise<readonly (SwarmCounts | undefined)[]> {
    return Promise.all(infoHashes.map((infoHash) => this.#swarms.scrape(infoHash)))
  }

  async remove(torrentId: TorrentId): Promise<boolean> {
    const answer = await this.#ask('remove', { id: torrentId })
    await this.#settle(answer, 0, true)
    return answer.outcome === 'removed'
  }

  async expire(time: number): Promise<readonly (ListedPeer & { readonly peerId: PeerId })[]> {
    this.#swarms.cutoff = Math.max(this.#swarms.cutoff, this.#time(time))
    const answer = await this.#ask('expire', { time: this.#time(time) })
    await this.#settle(answer, time)
    return listOf<readonly [PeerId, string]>(answer.dropped).map(([peerId, listed]) => ({
      peerId,
      ...listedIn(listed),
    }))
  }

  counts(): Promise<StoreCounts> {
    const age = this.#isServerTime ? 0 : COUNTS_AGE
    const known = this.#counts
    if (known !== undefined && performance.now() - known.at < age) return known.counts
    const counts = this.#count()
    this.#counts = { counts, at: performance.now() }
    // What failed is not kept.
    counts.catch(() => (this.#counts = undefined))
    return counts
  }

  close(): void {
    this.#connection.close()
  }

  async #count(): Promise<StoreCounts> {
    const [answer, swarms] = await Promise.all([this.#ask('counts', {}), this.#swarms.count()])
    const { torrents, listed, peers, registrations, metainfoBytes } = answer as unknown as StoreCounts
    return { torrents, listed, peers, registrations, metainfoBytes, ...swarms }
  }

  #time(now: number): number {
    return now + this.#offset
  }

  #sender({ peerId, source, listed, isProven = false, onlyIfKnown = false }: Registrant, now: number) {
    const said = { peer: peerId, source, listed: listedText(listed), isProven, onlyIfKnown }
    return { ...said, now: this.#time(now) }
  }

  #named({ torrentId, infoHash }: TorrentRef) {
    return { id: torrentId, infoHash }
  }

  async #ask(op: string, args: object, metainfo?: Uint8Array): Promise<Outcome> {
    const text = JSON.stringify({ ...args, limits: this.#limits })
    return JSON.parse(await this.#connection.catalog(this.#key, op, text, metainfo)) as Outcome
  }

  /** Brings to the swarms what an operation on the catalog changed; false where a torrent has no swarm yet. */
  async #settle(answer: Outcome, now: number, isDenied = false): Promise<boolean> {
    let isWhole = true
    for (const [torrent, text, peer, role] of listOf<readonly [string, string, PeerId, string]>(
      answer.moves,
    )) {
      isWhole = (await this.#swarms.mirror(torrent, peer, listedIn(text), role, this.#time(now))) && isWhole
    }
    for (const [torrent, text] of listOf<readonly [string, string]>(answer.forgotten)) {
      this.#noted.delete(torrent)
      await this.#swarms.close(torrent, infoHashesOf(contentIn(text)), isDenied)
    }
    return isWhole
  }

  /** Tells the catalog whether a torrent has BitTorrent clients, where that has changed or was long ago. */
  async #note(torrent: string, counts: SwarmCounts, now: number): Promise<void> {
    const isSeeded = counts.seeders > 0
    const isPeopled = isSeeded || counts.leechers > 0
    const known = this.#noted.get(torrent)
    const isSame = known?.isSeeded === isSeeded && known.isPeopled === isPeopled
    if (isSame && now - known.at < NOTE_AGE) return
    if (this.#noted.size >= MAX_NOTED) this.#noted.clear()
    this.#noted.set(torrent, { isSeeded, isPeopled, at: now })
    await this.#ask('announced', { id: Number(torrent), isSeeded, isPeopled, now: this.#time(now) })
  }
}

/**
 * Opens the store at `url`, which may be empty or in use by other trackers.
 *
 * @throws ShoalError STORE_UNREACHABLE, or STORE_FAILED when the server refuses
 */
export const openRedisStore = async (
  url: RedisUrl,
  options: RedisStoreOptions = {},
): Promise<TrackerStore> => {
  const connection = await RedisConnection.open(url)
  const store = new RedisStore(connection, options)
  try {
    await store.readClock()
  } catch (error) {
    connection.close()
    throw error
  }
  return store
}
