import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { limitsFor, type NodeContext } from '../context.js'
import { foundIn } from '../find/findTorrent.js'
import { readMetainfo } from '../find/readMetainfo.js'
import type { Limits } from '../limits.js'
import { ownInfoHash } from '../torrent/description.js'
import type { ListedTransfer } from '../transfer/listed.js'
import { ManagedTransfer } from '../transfer/managedTransfer.js'
import { requireComplete } from '../transfer/recheck.js'
import {
  decodeSession,
  encodeRecord,
  joinSession,
  prioritiesOf,
  runsOf,
  timesOf,
  type TransferRecord,
} from './record.js'
import { areUntouched, stampsOf } from './stamp.js'
import { limitsOf, storedLimits } from './storedLimits.js'

/** How often it is looked whether there is something new to remember. Milliseconds. */
const LOOK_TIME = 1_000

/** Transfers looked at before others have their turn. */
const LOOKED_AT_ONCE = 100

/** A transfer as it was written, and what it was like then. */
interface Remembered {
  readonly sign: readonly unknown[]
  readonly path: string
  readonly text: string
}

/** Whatever of a transfer that is remembered may change: where it is the same, so is the record. */
const signOf = ({ course, limits }: ListedTransfer): readonly unknown[] => {
  const { path, isComplete, isSequential, priorities } = course.current
  return [
    course.run,
    path,
    course.isPaused,
    isComplete,
    isSequential,
    priorities,
    limits.download,
    limits.upload,
  ]
}

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.every((value, index) => value === other[index])

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
  readonly #remembered = new WeakMap<ListedTransfer, Remembered>()
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
    const limits = limitsFor(this.#context, limitsOf(record.limits))
    const transfer = new ManagedTransfer(this.#context, {
      name: basename(record.path),
      path: record.path,
      limits,
      ...(record.addedAt !== undefined && { addedAt: record.addedAt }),
      begin: async (transfer) => {
        await this.#begin(transfer, record, limits)
        return transfer
      },
    })
    try {
      await transfer.begin()
    } catch (error) {
      logger.warn(`${record.path} is not taken up again: ${(error as Error).message}`)
      this.#waiting.push(record)
      await transfer.stop()
    }
  }

  async #begin({ course }: ManagedTransfer, record: TransferRecord, limits: Limits): Promise<void> {
    const found = foundIn(await readMetainfo(join(this.#torrents, record.torrent)))
    this.#kept.add(record.torrent)
    const { content } = found.description
    const { path, isPaused, stamps, shallSeed, isSequential, completedAt } = record
    const isComplete = record.work === 'seed'
    const isTouched = isComplete && !areUntouched(content, stamps, await stampsOf(content, path))
    if (isTouched && !isPaused) {
      this.#context.logger.info(() => `${path} was touched: verifying it`)
      await course.prepare('hashing', (preparation) => requireComplete(found.description, path, preparation))
    }
    const priorities = prioritiesOf(record.priorities, content.files.length)
    await course.begin(
      {
        found,
        path,
        isComplete,
        shallSeed: isComplete || shallSeed,
        priorities,
        isSequential,
        limits,
        completedAt,
      },
      { isPaused, ...(isPaused && { stamps }) },
    )
  }

  async #save(): Promise<void> {
    const texts: string[] = []
    const paths = new Set<string>()
    let looked = 0
    for (const transfer of this.#context.transfers) {
      if (++looked % LOOKED_AT_ONCE === 0) await setImmediate()
      const known = await this.#rememberedOf(transfer)
      if (known === undefined) continue
      texts.push(known.text)
      paths.add(known.path)
    }
    const waiting = this.#waiting.filter(({ path }) => !paths.has(path))
    const text = joinSession([...texts, ...waiting.map(encodeRecord)])
    if (text === this.#written) return
    await writeFile(`${this.#file}.new`, text, { mode: 0o600 })
    await rename(`${this.#file}.new`, this.#file)
    this.#written = text
  }

  /** Undefined for what has ended, and for what has no .torrent by which it could be taken up. */
  async #rememberedOf(transfer: ListedTransfer): Promise<Remembered | undefined> {
    if (transfer.isOver) return undefined
    const known = this.#remembered.get(transfer)
    const sign = signOf(transfer)
    if (known !== undefined && isSame(known.sign, sign)) return known
    const record = await this.#recordOf(transfer)
    if (record === undefined) return undefined
    const remembered = { sign, path: record.path, text: encodeRecord(record) }
    this.#remembered.set(transfer, remembered)
    return remembered
  }

  async #recordOf({ course, addedAt, limits }: ListedTransfer): Promise<TransferRecord | undefined> {
    const { isPaused } = course
    const plan = course.current.whole
    const infoHash = plan && ownInfoHash(plan.found.description)
    const metainfo = plan?.found.description.metainfoBytes
    if (plan === undefined || infoHash === undefined || metainfo === undefined) return undefined
    const torrent = `${infoHash}.torrent`
    await this.#keep(torrent, metainfo)
    const { path, isComplete, shallSeed, isSequential, completedAt } = plan
    return {
      torrent,
      path,
      work: isComplete ? 'seed' : 'fetch',
      isPaused,
      shallSeed,
      priorities: isComplete ? [] : runsOf(plan.priorities),
      isSequential,
      limits: storedLimits(limits, this.#context.options.torrentLimits),
      stamps: isComplete ? await course.stamps() : [],
      ...timesOf(addedAt, completedAt),
    }
  }

  async #keep(torrent: string, bytes: Uint8Array): Promise<void> {
    if (this.#kept.has(torrent)) return
    await mkdir(this.#torrents, { recursive: true })
    await writeFile(join(this.#torrents, torrent), bytes)
    this.#kept.add(torrent)
  }
}
