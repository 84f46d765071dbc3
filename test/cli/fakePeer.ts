import type {
  Diagnosis,
  GetOptions,
  NodeFigures,
  NodeOptions,
  NodeStatus,
  PeerDetail,
  RateLimits,
  RecheckReport,
  ShareOptions,
  ShoalPeer,
  Transfer,
  TransferStatus,
  TransferSummary,
  Upload,
} from '../../src/node/api.js'
import type { ShoalError } from '../../src/protocol/errors.js'
import { parseInfoHash, parseInfoHashV1, parsePeerId, parseTorrentId } from '../../src/protocol/ids.js'
import type { TorrentEntry } from '../../src/protocol/json/answer.js'

const parsed = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('no such id')
  return value
}

export const PEER_ID = parsed(parsePeerId('0123456789abcdef0123456789abcdef'))
export const OTHER_ID = parsed(parsePeerId('fedcba9876543210fedcba9876543210'))
export const INFO_HASH = parsed(parseInfoHash('ab'.repeat(32)))
export const INFO_HASH_V1 = parsed(parseInfoHashV1('cd'.repeat(20)))
export const torrentId = (id: number) => parsed(parseTorrentId(id))

export const entry = (id: number, fileName: string): TorrentEntry => ({
  torrentId: torrentId(id),
  fileName,
  chunks: 4,
  fileSize: 65_000,
  infoHash: INFO_HASH,
  seeders: new Map([[OTHER_ID, { host: '10.0.0.7', port: 8001, wires: [] }]]),
  leechers: new Map([[PEER_ID, { host: '10.0.0.8', port: 8002, wires: [] }]]),
})

const REST_OF_PEER = {
  client: 'Shoal 0.1.0',
  encryption: 'none',
  direction: 'outgoing',
  route: 'direct',
  origin: 'tracker',
  uploadRate: 0,
  uploaded: 0,
  wasted: 0,
  isChokingUs: false,
  isChokedByUs: true,
  isInterestedInUs: false,
  isOfInterest: true,
} as const

const NO_HISTORY = { interval: 1000, download: new Float64Array(), upload: new Float64Array() }

let keys = 0

/** A transfer whose course a test decides. */
export class FakeTransfer implements Transfer {
  status: TransferStatus
  readonly complete: Promise<void>
  finish: () => void = () => undefined
  fail: (error: ShoalError) => void = () => undefined
  isStopped = false

  constructor(status: Partial<TransferStatus>) {
    this.status = { ...BLANK, key: ++keys, ...status }
    this.complete = new Promise((resolve, reject) => {
      this.finish = () => {
        this.become({ state: 'seeding', done: this.status.size })
        resolve()
      }
      this.fail = reject
    })
    this.complete.catch(() => undefined)
  }

  get summary(): TransferSummary {
    return this.status
  }

  readonly metainfo = undefined
  readonly magnet = undefined
  readonly isSequential = false
  readonly trackers = []

  /** Those of the status, which tests set, told in full. */
  get peers(): PeerDetail[] {
    return this.status.peers.map((peer) => ({
      ...REST_OF_PEER,
      ...peer,
      key: `${peer.host}:${peer.port}`,
      wire: peer.isWebSeed === true ? 'web' : 'json',
      progress: peer.chunks / this.status.chunks,
    }))
  }

  readonly diagnosis: Diagnosis = [{ kind: 'well', rate: 1024 }]
  readonly history = NO_HISTORY

  async *read(): AsyncGenerator<Uint8Array, void> {
    yield new Uint8Array(4)
  }

  readonly pieces = {
    pieceCount: 4,
    pieceLength: 16_384,
    states: new Uint8Array(4),
    availability: new Uint16Array(4),
  }

  limits: RateLimits = { download: undefined, upload: undefined }

  setLimits(changes: Partial<RateLimits>): void {
    this.limits = { ...this.limits, ...changes }
  }

  readonly files = []

  setPriorities(): void {
    return
  }

  setSequential(): void {
    return
  }

  setPlayhead(): void {
    return
  }

  become(change: Partial<TransferStatus>): void {
    this.status = { ...this.status, ...change }
  }

  get key(): number {
    return this.status.key
  }

  async pause(): Promise<void> {
    this.become({ state: 'paused' })
  }

  async resume(): Promise<void> {
    this.become({ state: 'downloading' })
  }

  async recheck(): Promise<RecheckReport> {
    return { pieceCount: 4, badPieces: 0 }
  }

  async remove(): Promise<void> {
    await this.stop()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.become({ state: 'stopped' })
  }
}

const BLANK: TransferStatus = {
  key: 1,
  name: 'film.mkv',
  torrentId: torrentId(3),
  infoHash: INFO_HASH,
  infoHashV1: INFO_HASH_V1,
  state: 'downloading',
  error: undefined,
  size: 65_000,
  done: 0,
  chunks: 4,
  chunksDone: 0,
  downloadRate: 1024,
  uploadRate: 0,
  downloaded: 0,
  uploaded: 0,
  eta: 10,
  peers: [
    {
      peerId: OTHER_ID,
      host: '10.0.0.7',
      port: 8001,
      state: 'downloading',
      chunks: 4,
      downloaded: 65_000,
      downloadRate: 1024,
    },
  ],
  peerCount: 1,
  path: '/downloads/film.mkv',
  isFolder: false,
  fileCount: 1,
  isPrivate: false,
  addedAt: 1_700_000_000_000,
  completedAt: undefined,
}

/** A running peer that does nothing but keep what it was asked. */
export class FakePeer implements ShoalPeer {
  readonly peerId = PEER_ID
  readonly endpoint = { host: '127.0.0.1', port: 4567 }
  readonly transfers: FakeTransfer[] = []
  readonly history = NO_HISTORY
  readonly asked: string[] = []
  readonly options: NodeOptions
  catalog: readonly TorrentEntry[] = [entry(3, 'film.mkv')]
  /** What list, share and get do instead, where set. */
  failure: ShoalError | undefined
  /** Called with each transfer that begins. */
  onTransfer: (transfer: FakeTransfer) => void = (transfer) => transfer.finish()
  isStopped = false

  constructor(options: NodeOptions) {
    this.options = options
  }

  get trackers(): NodeStatus['trackers'] {
    return this.options.trackers.map((endpoint) => ({ endpoint, isReachable: true }))
  }

  reach: NodeStatus['reach'] = { isReachable: undefined, mapping: undefined, relay: undefined }

  seedLimit: number | undefined = undefined

  setSeedLimit(limit: number | undefined): void {
    this.seedLimit = limit
  }

  get status(): NodeStatus {
    return {
      peerId: this.peerId,
      endpoint: this.endpoint,
      trackers: this.trackers,
      reach: this.reach,
      transfers: this.transfers.map(({ status }) => status),
    }
  }

  limits: RateLimits = { download: undefined, upload: undefined }

  setLimits(changes: Partial<RateLimits>): void {
    this.limits = { ...this.limits, ...changes }
  }

  async list(query?: string): Promise<readonly TorrentEntry[]> {
    this.#note(`list ${query ?? ''}`)
    return this.catalog
  }

  readonly output = '/downloads'
  readonly figures: NodeFigures = {
    uptime: 1,
    wires: {
      json: { received: 0, sent: 0 },
      bittorrent: { received: 0, sent: 0 },
      web: { received: 0, sent: 0 },
    },
    verifiedChunks: 0,
    wrongChunks: 0,
    superfluousChunks: 0,
    failedPieces: 0,
    connections: { incoming: 0, outgoing: 0 },
    diskQueue: 0,
  }

  async openUpload(name: string): Promise<Upload> {
    this.#note(`openUpload ${name}`)
    return {
      size: 0,
      write: () => Promise.resolve(),
      finish: () => Promise.resolve(`/downloads/${name}`),
      abandon: () => Promise.resolve(),
    }
  }

  addShare(path: string, options: ShareOptions = {}): Transfer {
    this.#note(`addShare ${path}`)
    return this.#begin({ name: options.name ?? path, state: 'hashing' })
  }

  addGet(what: string | Uint8Array): Transfer {
    this.#note(`addGet ${typeof what === 'string' ? what : 'bytes'}`)
    return this.#begin({ name: 'torrent', state: 'finding' })
  }

  async share(path: string, options: ShareOptions = {}): Promise<Transfer> {
    this.#note(`share ${path} ${options.name ?? ''}`)
    options.onProgress?.(65_000, 65_000)
    return this.#begin({ name: options.name ?? path, state: 'seeding', done: 65_000 })
  }

  async get(what: string | Uint8Array, options: GetOptions): Promise<Transfer> {
    const priorities = (options.priorities ?? []).map(({ glob, priority }) => `${glob}=${priority}`)
    const order = options.isSequential === true ? ['sequential'] : []
    if (typeof what !== 'string') throw new Error('the fake takes no bytes')
    this.#note(['get', what, options.seed, ...(options.select ?? []), ...priorities, ...order].join(' '))
    return this.#begin({ name: `torrent-${what}` })
  }

  async seed(torrent: string, folder: string, options: { skipVerify: boolean }): Promise<Transfer> {
    this.#note(`seed ${torrent} ${folder} ${options.skipVerify}`)
    return this.#begin({ state: 'seeding', done: 65_000 })
  }

  async stop(): Promise<void> {
    this.isStopped = true
  }

  #note(asked: string): void {
    this.asked.push(asked.trim())
    if (this.failure !== undefined) throw this.failure
  }

  #begin(status: Partial<TransferStatus>): Transfer {
    const transfer = new FakeTransfer(status)
    this.transfers.push(transfer)
    this.onTransfer(transfer)
    return transfer
  }
}
