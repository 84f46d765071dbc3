import { PeerBook, peerKey } from '../../engine/swarm/peerBook.js'
import { ShoalError } from '../../protocol/errors.js'
import { fromHex } from '../../protocol/hex.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { Magnet } from '../../protocol/metainfo/magnet.js'
import type { NodeContext } from '../context.js'
import { hashes } from '../hashes.js'
import { MetadataLink } from './metadataLink.js'
import { PeerSearch } from './peerSearch.js'

/** Peers asked at once. */
const AT_ONCE = 10
/** How often it is looked whom to ask next. Milliseconds. */
const TICK = 250
/** How long peers are asked before the search is given up. Milliseconds. */
const GIVE_UP_TIME = 60_000

/** Bytes of an info-hash on the wire; a v2 one is cut to them (BEP 52). */
const WIRE_HASH = 20

/** The metadata of a magnet link, and who had it. */
export interface FoundMetadata {
  readonly torrent: Uint8Array
  readonly endpoints: readonly Endpoint[]
}

/**
 * Asks peers for the metadata of a magnet link: those that it names, those of the user, and those that its trackers and
 * the local network name.
 *
 * @throws ShoalError TORRENT_NOT_FOUND when nobody gives it, INTERRUPTED
 */
export const findMetadata = (
  context: NodeContext,
  magnet: Magnet,
  signal: AbortSignal | undefined,
): Promise<FoundMetadata> => new MetadataSearch(context, magnet).run(signal)

/** Whether there is anybody to ask. */
export const mayFindMetadata = ({ options, localDiscovery }: NodeContext, magnet: Magnet): boolean =>
  magnet.peers.length + magnet.trackers.length + options.peers.length > 0 || localDiscovery !== undefined

class MetadataSearch {
  readonly #context: NodeContext
  readonly #magnet: Magnet
  readonly #book: PeerBook
  readonly #links = new Map<string, MetadataLink>()
  /** Peers that were asked by the v2 info-hash already, in vain. */
  readonly #askedByV2 = new Set<string>()
  readonly #search: PeerSearch
  #resolve: (found: FoundMetadata) => void = () => undefined

  constructor(context: NodeContext, magnet: Magnet) {
    this.#context = context
    this.#magnet = magnet
    this.#book = new PeerBook(context.random)
    this.#search = new PeerSearch(context, {
      description: { ...magnet, metainfo: undefined },
      trackers: magnet.trackers.map((url) => [url]),
      // Nothing is known of its size; 1 says that something is missing.
      progress: () => ({ uploaded: 0, downloaded: 0, left: 1 }),
      onPeers: (peers) => this.#add(peers),
    })
  }

  async run(signal: AbortSignal | undefined): Promise<FoundMetadata> {
    const { logger, options, stopping } = this.#context
    logger.info('Looking for the metadata of the magnet link among peers')
    const ended = AbortSignal.any([AbortSignal.timeout(GIVE_UP_TIME), stopping, ...(signal ? [signal] : [])])
    const timer = setInterval(() => this.#connect(), TICK)
    try {
      return await new Promise<FoundMetadata>((resolve, reject) => {
        this.#resolve = resolve
        ended.addEventListener('abort', () => reject(this.#failure(signal)), { once: true })
        this.#search.start()
        this.#add([...this.#magnet.peers, ...options.peers])
      })
    } finally {
      clearInterval(timer)
      for (const link of this.#links.values()) link.close()
      await this.#search.stop()
    }
  }

  #failure(signal: AbortSignal | undefined): ShoalError {
    if (signal?.aborted === true || this.#context.stopping.aborted)
      return new ShoalError('INTERRUPTED', 'the search for the metadata was stopped')
    return new ShoalError('TORRENT_NOT_FOUND', `none of ${this.#book.size} peers gave the metadata`)
  }

  #add(endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) this.#book.add(endpoint)
    this.#connect()
  }

  #connect(): void {
    while (this.#links.size < AT_ONCE) {
      const endpoint = this.#book.take(this.#context.now())
      if (endpoint === undefined) return
      this.#ask(endpoint)
    }
  }

  /**
   * Of two names the v2 one first: only peers that are asked by it give piece layers. Those that know v1 alone answer to
   * the other.
   */
  #wireHashFor(key: string): Uint8Array {
    const { infoHash, infoHashV1 } = this.#magnet
    const isByV2 = infoHash !== undefined && (infoHashV1 === undefined || !this.#askedByV2.delete(key))
    if (isByV2 && infoHashV1 !== undefined) this.#askedByV2.add(key)
    return (fromHex((isByV2 ? infoHash : infoHashV1) ?? '') ?? new Uint8Array(WIRE_HASH)).subarray(
      0,
      WIRE_HASH,
    )
  }

  #ask(endpoint: Endpoint): void {
    const key = peerKey(endpoint)
    const { wirePeerId, serving, logger, now } = this.#context
    const link = new MetadataLink({
      endpoint,
      meant: this.#magnet,
      wireHash: this.#wireHashFor(key),
      wirePeerId,
      ways: serving.ways,
      security: serving.security,
      hashes,
      onEnd: (outcome) => {
        this.#links.delete(key)
        if ('torrent' in outcome)
          return this.#resolve({ torrent: outcome.torrent, endpoints: this.#book.endpoints() })
        logger.debug(() => `No metadata from ${key}: ${outcome.fault}`)
        this.#book.fail(key, now())
      },
    })
    this.#links.set(key, link)
  }
}
