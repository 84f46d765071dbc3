import { resolve } from 'node:path'
import type { TrackerClient } from '../discovery/trackerClient.js'
import type { Choker } from '../engine/choker/choker.js'
import { ShoalError } from '../protocol/errors.js'
import type { TorrentEntry } from '../protocol/json/answer.js'
import { CHUNK_SIZE, MAX_CHUNKS } from '../protocol/limits.js'
import { UploadFolder } from '../storage/uploadFolder.js'
import type { Listener } from '../transport/listener.js'
import type {
  GetOptions,
  NodeFigures,
  NodeStatus,
  RateLimits,
  ReachStatus,
  SeedOptions,
  ShareOptions,
  ShoalPeer,
  Transfer,
} from './api.js'
import type { NodeContext } from './context.js'
import type { Identity } from './identity.js'
import { figuresOf } from './report/figures.js'
import type { Sampler } from './report/sampler.js'
import type { Session } from './session/session.js'
import type { ManagedTransfer } from './transfer/managedTransfer.js'
import { listGet } from './transfer/startGet.js'
import { listSeed, listShare } from './transfer/startShare.js'

/** What a peer is made of. */
export interface PeerParts {
  readonly context: NodeContext
  readonly choker: Choker
  readonly listener: Listener
  readonly trackerClient: TrackerClient
  readonly identity: Identity
  readonly session: Session | undefined
  readonly stopping: AbortController
  readonly sampler: Sampler
}

export class RunningPeer implements ShoalPeer {
  readonly #context: NodeContext
  readonly #parts: PeerParts
  readonly #startedAt: number
  #stopping: Promise<void> | undefined

  constructor(parts: PeerParts) {
    this.#parts = parts
    this.#context = parts.context
    this.#startedAt = parts.context.now()
  }

  get peerId() {
    return this.#context.peerId
  }

  get endpoint() {
    return this.#context.endpoint
  }

  get transfers() {
    return [...this.#context.transfers]
  }

  get limits(): RateLimits {
    return this.#context.limits.rates
  }

  setLimits(changes: Partial<RateLimits>): void {
    this.#context.limits.change(changes)
    this.#parts.choker.limit = this.limits.upload
  }

  get trackers(): NodeStatus['trackers'] {
    return this.#context.trackers.map(({ endpoint, isReachable }) => ({ endpoint, isReachable }))
  }

  get reach(): ReachStatus {
    return this.#context.reachability.status
  }

  get status(): NodeStatus {
    const { peerId, endpoint } = this.#context
    return {
      peerId,
      endpoint,
      trackers: this.trackers,
      reach: this.reach,
      transfers: this.transfers.map((transfer) => transfer.status),
    }
  }

  get history() {
    return this.#parts.sampler.history
  }

  async list(query?: string): Promise<readonly TorrentEntry[]> {
    let failure: unknown = new ShoalError(
      'CONFIG_INVALID',
      'no tracker is set: name one with --tracker HOST:PORT',
    )
    for (const link of this.#context.trackers) {
      try {
        return await link.tracker.list(query)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  addShare(path: string, options: ShareOptions = {}): Transfer {
    return keep(listShare(this.#context, path, options))
  }

  addGet(what: string | Uint8Array, options: GetOptions): Transfer {
    return keep(listGet(this.#context, what, options))
  }

  async share(path: string, options: ShareOptions = {}) {
    return orDrop(listShare(this.#context, path, options))
  }

  async get(what: string | Uint8Array, options: GetOptions) {
    return orDrop(listGet(this.#context, what, options))
  }

  async seed(torrentFile: string, folder: string, options: SeedOptions) {
    return orDrop(listSeed(this.#context, torrentFile, folder, options))
  }

  get seedLimit(): number | undefined {
    return this.#context.seedLimit
  }

  setSeedLimit(limit: number | undefined): void {
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
      throw new ShoalError('USAGE', `${limit} is no number of torrents: 1 or more`)
    this.#context.seedLimit = limit
  }

  get figures(): NodeFigures {
    return figuresOf(this.#context, this.#startedAt)
  }

  get output(): string {
    return resolve(this.#context.options.output)
  }

  openUpload(
    name: string,
    {
      isFolder,
      maxSize = MAX_CHUNKS * CHUNK_SIZE,
    }: { readonly isFolder: boolean; readonly maxSize?: number },
  ) {
    return UploadFolder.open(this.output, { name, isFolder, maxSize })
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const { session, stopping, sampler, listener, trackerClient, identity } = this.#parts
    stopping.abort()
    sampler.stop()
    await session?.end()
    await Promise.all([
      this.#context.reachability.stop(),
      ...this.transfers.map((transfer) => transfer.stop()),
    ])
    this.#context.localDiscovery?.close()
    trackerClient.close()
    await listener.close()
    this.#context.serving.slots.stop()
    await identity.release()
  }
}

/** Begins it; what goes wrong is its own to tell. */
const keep = (transfer: ManagedTransfer): ManagedTransfer => {
  void transfer.begin().catch((error: unknown) => transfer.course.fail(error))
  return transfer
}

/** Begins it, and drops it when nothing comes of that. @throws what begins it throws */
const orDrop = async (transfer: ManagedTransfer): Promise<Transfer> => {
  try {
    return await transfer.begin()
  } catch (error) {
    await transfer.stop()
    throw error
  }
}
