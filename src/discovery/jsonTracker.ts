import { ShoalError } from '../protocol/errors.js'
import type { InfoHash, TorrentId } from '../protocol/ids.js'
import { parseTorrentId } from '../protocol/ids.js'
import {
  decodeTorrentEntry,
  decodeTorrentObject,
  type TorrentEntry,
  type TorrentObject,
} from '../protocol/json/answer.js'
import type { Base64 } from '../protocol/json/base64.js'
import { asCount, asObject, FieldFault, required, type JsonObject } from '../protocol/json/fields.js'
import { encodeTrackerRequest, type Sender, type TrackerRequest } from '../protocol/json/request.js'
import type { Upload } from '../protocol/json/upload.js'
import { CHUNK_SIZE, MAX_LIST_ROWS } from '../protocol/limits.js'
import { expectRet, intervalIn, invalid, readAnswer } from './trackerAnswer.js'

/** Pages and rows taken of one list: 100,000 rows at 4 KiB are 400 MB on the way, and 250 rows fill a page. */
const MAX_PAGES = 500
const MAX_ROWS = 100_000

export interface JsonTrackerOptions {
  /** Sends one request and resolves with its answer; rejects when there is none. */
  readonly ask: (request: JsonObject) => Promise<JsonObject>
  /** This peer, as it is to be registered. */
  readonly sender: Sender
  readonly base64: Base64
}

/** What a tracker says when a peer registers. */
export interface Registration {
  readonly torrentId: TorrentId
  /** Seconds until the peer should be heard from again. */
  readonly interval: number
}

export interface TorrentAnswer {
  readonly torrent: TorrentObject
  /** Seconds until the peer should be heard from again. */
  readonly interval: number
}

/**
 * One tracker of the JSON protocol, seen by a peer. Nothing that it answers is trusted: lists are bounded, fields
 * checked, and the content that it describes must still be verified.
 *
 * Every method throws ShoalError TRACKER_UNREACHABLE when there is no answer, TRACKER_REFUSED when the tracker
 * refuses, and TRACKER_ANSWER_INVALID for nonsense.
 */
export class JsonTracker {
  readonly #options: JsonTrackerOptions

  constructor(options: JsonTrackerOptions) {
    this.#options = options
  }

  /** Every torrent listed, or those whose name holds `query`, in order of id. */
  async list(query?: string): Promise<readonly TorrentEntry[]> {
    const rows: TorrentEntry[] = []
    for await (const page of this.#pages(query)) rows.push(...page)
    return rows
  }

  /**
   * What the tracker knows of a torrent. The sender becomes a leecher of it, unless it seeds it.
   *
   * @throws ShoalError TORRENT_NOT_FOUND, also where `infoHash` is not what the id names
   */
  async torrent(
    torrentId: TorrentId,
    options: { readonly withMetainfo?: boolean; readonly infoHash?: InfoHash | undefined } = {},
  ): Promise<TorrentAnswer> {
    const { withMetainfo = false, infoHash } = options
    const op = 'GET_TORRENT'
    const answer = await this.#ask({ op, sender: this.#options.sender, torrentId, infoHash, withMetainfo })
    expectRet(op, answer, ['SUCCESS'])
    const torrent = readAnswer(op, () => {
      const object = required(answer, 'TORRENT_OBJECT', 'an object', asObject)
      return checked(decodeTorrentObject(object, this.#options.base64), torrentId, infoHash)
    })
    return { torrent, interval: intervalIn(answer) }
  }

  /** Registers as seeder, or says that it still is. @throws ShoalError TORRENT_NOT_FOUND */
  async startSeed(torrentId: TorrentId, infoHash?: InfoHash): Promise<Registration> {
    const op = 'START_SEED'
    const answer = await this.#ask({ op, sender: this.#options.sender, torrentId, infoHash })
    expectRet(op, answer, ['SUCCESS'])
    return { torrentId, interval: intervalIn(answer) }
  }

  /** Ends being listed, as seeder or as leecher. @throws ShoalError TORRENT_NOT_FOUND */
  async stopSeed(torrentId: TorrentId, infoHash?: InfoHash): Promise<void> {
    const op = 'STOP_SEED'
    const answer = await this.#ask({ op, sender: this.#options.sender, torrentId, infoHash })
    expectRet(op, answer, ['FINISHED_SEEDING', 'SUCCESS'])
  }

  /** Shares content; the same again has the same id. @throws ShoalError ALREADY_SEEDING */
  async upload(upload: Upload): Promise<Registration> {
    const op = 'UPLOAD_FILE'
    const answer = await this.#ask({ op, sender: this.#options.sender, ...upload })
    expectRet(op, answer, ['SUCCESS'])
    const torrentId = readAnswer(op, () => required(answer, 'TORRENT_ID', 'a torrent id', parseTorrentId))
    return { torrentId, interval: intervalIn(answer) }
  }

  /** The id under which content with `infoHash` is listed; `name`, where it is known, makes the search short. */
  async find(infoHash: InfoHash, name?: string): Promise<TorrentId | undefined> {
    for await (const page of this.#pages(name)) {
      const row = page.find((entry) => entry.infoHash === infoHash)
      if (row !== undefined) return row.torrentId
    }
    return undefined
  }

  /** The list page by page, as far as MAX_PAGES and MAX_ROWS reach. */
  async *#pages(query: string | undefined): AsyncGenerator<readonly TorrentEntry[]> {
    let offset = 0
    let rows = 0
    for (let page = 0; page < MAX_PAGES && rows < MAX_ROWS; page++) {
      const { entries, next } = await this.#page(query, offset)
      yield entries
      rows += entries.length
      if (next === undefined || next <= offset) return
      offset = next
    }
  }

  async #page(query: string | undefined, offset: number) {
    const op = 'GET_LIST'
    const { sender } = this.#options
    const answer = await this.#ask({ op, sender, query, offset, limit: MAX_LIST_ROWS })
    if (expectRet(op, answer, ['SUCCESS', 'NO_AVAILABLE_TORRENTS']) !== 'SUCCESS') return NOTHING
    if (!Array.isArray(answer.TORRENT_LIST)) throw invalid(op, 'TORRENT_LIST is no list')
    const entries = entriesOf(answer.TORRENT_LIST)
    if (entries.length === 0 && answer.TORRENT_LIST.length > 0)
      throw invalid(op, 'no row of TORRENT_LIST is one')
    return { entries, next: asCount(answer.NEXT_OFFSET) }
  }

  async #ask(request: TrackerRequest): Promise<JsonObject> {
    try {
      return await this.#options.ask(encodeTrackerRequest(request, this.#options.base64))
    } catch (error) {
      if (error instanceof ShoalError) throw error
      const why = error instanceof Error ? error.message : String(error)
      throw new ShoalError('TRACKER_UNREACHABLE', `no answer from the tracker: ${why}`, { cause: error })
    }
  }
}

const NOTHING = { entries: [], next: undefined } as const

/** The rows that can be read; one that cannot, as another tracker may list it, does not hide the others. */
const entriesOf = (list: readonly unknown[]): readonly TorrentEntry[] =>
  list.slice(0, MAX_ROWS).flatMap((row) => {
    try {
      return [decodeTorrentEntry(asObject(row) ?? {})]
    } catch (error) {
      if (error instanceof FieldFault) return []
      throw error
    }
  })

/** @throws FieldFault where `torrent` is another than was asked for, or its numbers contradict one another */
const checked = (torrent: TorrentObject, id: TorrentId, infoHash: InfoHash | undefined): TorrentObject => {
  if (torrent.torrentId !== id) throw new FieldFault(`TORRENT_ID is ${torrent.torrentId}: expected ${id}`)
  if (infoHash !== undefined && torrent.infoHash !== undefined && torrent.infoHash !== infoHash) {
    throw new FieldFault(`INFO_HASH is ${torrent.infoHash}: expected ${infoHash}`)
  }
  checkSize(torrent)
  return torrent
}

const chunksOf = (size: number): number => Math.ceil(size / CHUNK_SIZE)
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Each file begins a new chunk, so content of unknown files may have more chunks than its size alone would need. */
const checkSize = ({ files, fileSize, rootHash, chunks }: TorrentObject): void => {
  if (files === undefined && fileSize === undefined) return
  const size = files ? sum(files.map((file) => file.size)) : (fileSize ?? 0)
  const least = files ? sum(files.map((file) => chunksOf(file.size))) : chunksOf(size)
  const isExact = files !== undefined || rootHash !== undefined
  if (chunks < least || (isExact && chunks > least)) {
    throw new FieldFault(`NUM_OF_CHUNKS is ${chunks}: expected ${least}`)
  }
  if (fileSize !== undefined && fileSize !== size) {
    throw new FieldFault(`FILE_SIZE is ${fileSize}: expected ${size}`)
  }
}
