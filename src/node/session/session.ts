import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeMetainfo, ownInfoHash } from '../torrent/description.js'
import type { NodeContext } from '../context.js'
import { readMetainfo } from '../find/readMetainfo.js'
import { startFetch } from '../transfer/startFetch.js'
import { requireComplete, seedFiles } from '../transfer/startShare.js'
import type { ActiveTransfer } from '../transfer/transfer.js'
import { dirname } from 'node:path'
import {
  decodeSession,
  encodeSession,
  prioritiesOf,
  runsOf,
  type Stamp,
  type TransferRecord,
} from './record.js'
import { areUntouched, stampsOf } from './stamp.js'
import { limitsOf, storedLimits } from './storedLimits.js'

/** How often it is looked whether there is something new to remember. Milliseconds. */
const LOOK_TIME = 1_000

/**
 * What a peer does, remembered in the state folder, so that it goes on after a restart or a crash:
 * what was seeded is seeded, what was fetched is fetched further.
 *
 * Invariants: a record is written only after its .torrent is on disk; the file is replaced whole.
 */
export class Session {
  readonly #context: NodeContext
  readonly #file: string
  readonly #torrents: string
  readonly #kept = new Set<string>()
  /** What could not be taken up, since its disk is away for one: remembered all the same. */
  readonly #waiting: TransferRecord[] = []
  readonly #stamps = new WeakMap<ActiveTransfer, readonly Stamp[]>()
  #written = ''
  #saving: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(context: NodeContext, name: string) {
    this.#context = context
    this.#file = join(context.options.state, `${name}.session.json`)
    this.#torrents = join(context.options.state, 'torrents')
  }

  /** Takes up what an earlier run left, and remembers from now on. Never rejects: what cannot be taken up is told. */
  async begin(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(() => '')
    for (const record of decodeSession(text)) await this.#takeUp(record)
    this.#timer = setInterval(() => void this.save(), LOOK_TIME).unref()
  }

  /** Remembers what there is now. Never rejects. */
  save(): Promise<void> {
    this.#saving = this.#saving
      .then(() => this.#save())
      .catch((error: unknown) => {
        this.#context.logger.warn(`The session cannot be saved: ${(error as Error).message}`)
      })
    return this.#saving
  }

  /** Saves a last time; what is stopped afterwards is still remembered. */
  async end(): Promise<void> {
    clearInterval(this.#timer)
    await this.save()
  }

  async #takeUp(record: TransferRecord): Promise<void> {
    const { logger } = this.#context
    try {
      const description = describeMetainfo(await readMetainfo(join(this.#torrents, record.torrent)))
      this.#kept.add(record.torrent)
      if (record.work === 'fetch') {
        const found = { description, torrentIds: new Map(), peers: new Map(), endpoints: [] }
        const { shallSeed: seed, isSequential } = record
        const priorities = prioritiesOf(record.priorities, description.content.files.length)
        const options = { seed, priorities, isSequential, limits: limitsOf(record.limits) }
        await startFetch(this.#context, found, dirname(record.path), options)
        return
      }
      const now = await stampsOf(description.content, record.path)
      if (!areUntouched(description.content, record.stamps, now)) {
        logger.info(() => `${record.path} was touched: verifying it`)
        await requireComplete(description, dirname(record.path), {})
      }
      const limits = limitsOf(record.limits)
      await seedFiles(this.#context, description, record.path, { isSeeding: true, limits })
    } catch (error) {
      logger.warn(`${record.path} is not taken up again: ${(error as Error).message}`)
      this.#waiting.push(record)
    }
  }

  async #save(): Promise<void> {
    const records: TransferRecord[] = []
    for (const transfer of this.#context.transfers) {
      const record = await this.#recordOf(transfer)
      if (record !== undefined) records.push(record)
    }
    const paths = new Set(records.map(({ path }) => path))
    const text = encodeSession([...records, ...this.#waiting.filter(({ path }) => !paths.has(path))])
    if (text === this.#written) return
    await writeFile(`${this.#file}.new`, text, { mode: 0o600 })
    await rename(`${this.#file}.new`, this.#file)
    this.#written = text
  }

  /** Undefined for what has ended, and for what has no .torrent by which it could be taken up. */
  async #recordOf(transfer: ActiveTransfer): Promise<TransferRecord | undefined> {
    const { metainfoBytes } = transfer.torrent.description
    const infoHash = ownInfoHash(transfer.torrent.description)
    const isFetching = transfer.phase === 'fetching' || transfer.phase === 'finishing'
    if (!isFetching && transfer.phase !== 'seeding') return undefined
    if (infoHash === undefined || metainfoBytes === undefined) return undefined
    const torrent = `${infoHash}.torrent`
    await this.#keep(torrent, metainfoBytes)
    const { path, shallSeed, isSequential } = transfer
    const priorities = isFetching ? runsOf(transfer.priorities) : []
    const stamps = isFetching ? [] : await this.#stampsOf(transfer)
    const work = isFetching ? 'fetch' : 'seed'
    const limits = storedLimits(transfer.limits, this.#context.options.torrentLimits)
    return { torrent, path, work, shallSeed, priorities, isSequential, limits, stamps }
  }

  /** Files are looked at once: a later change must show. */
  async #stampsOf(transfer: ActiveTransfer): Promise<readonly Stamp[]> {
    const known = this.#stamps.get(transfer)
    if (known !== undefined) return known
    const stamps = (await stampsOf(transfer.torrent.description.content, transfer.path)) ?? []
    this.#stamps.set(transfer, stamps)
    return stamps
  }

  async #keep(torrent: string, bytes: Uint8Array): Promise<void> {
    if (this.#kept.has(torrent)) return
    await mkdir(this.#torrents, { recursive: true })
    await writeFile(join(this.#torrents, torrent), bytes)
    this.#kept.add(torrent)
  }
}
