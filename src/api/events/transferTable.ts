import type { TransferSummary } from '../../node/api.js'
import type { TorrentsEvent, TransferChange } from '../contract.js'
import { changeDocument, keyOf, transferDocument } from '../document.js'

/** Transfers that were removed and are remembered, for those who were away. */
const MAX_REMOVED = 5_000

/** Transfers that are told of as changed in one round: about 400 kB of JSON. With more each has its turn. */
const MAX_CHANGES = 2_000

interface Row {
  summary: TransferSummary
  /** The version at which it came, or got another name, id or path. */
  namedAt: number
  /** The version at which anything of it changed. */
  changedAt: number
  /** The last round in which it was there. */
  round: number
}

const isNamedAlike = (one: TransferSummary, other: TransferSummary): boolean =>
  one.name === other.name &&
  one.torrentId === other.torrentId &&
  one.infoHash === other.infoHash &&
  one.infoHashV1 === other.infoHashV1 &&
  one.path === other.path

const isAlike = (one: TransferSummary, other: TransferSummary): boolean =>
  one.state === other.state &&
  one.done === other.done &&
  one.downloaded === other.downloaded &&
  one.uploaded === other.uploaded &&
  one.chunksDone === other.chunksDone &&
  one.peerCount === other.peerCount &&
  one.size === other.size &&
  one.error === other.error &&
  Math.round(one.downloadRate) === Math.round(other.downloadRate) &&
  Math.round(one.uploadRate) === Math.round(other.uploadRate) &&
  Math.round(one.eta ?? -1) === Math.round(other.eta ?? -1)

/**
 * What was last told of each transfer, and at which version. Whoever knows all up to one version is told what changed
 * since, in absolute values, however long it was away; so nobody's past has to be kept.
 *
 * Invariant: a row's `changedAt` is never before its `namedAt`; what was removed since `#knownSince` is in `#removed`.
 */
export class TransferTable {
  readonly #rows = new Map<number, Row>()
  readonly #removed = new Map<number, number>()
  #version = 0
  #round = 0
  #left = MAX_CHANGES
  #knownSince = 0

  get version(): number {
    return this.#version
  }

  /** Whether this round can still tell of one more as changed. */
  get hasRoom(): boolean {
    return this.#left > 0
  }

  /** Begins a look at all transfers; `see` is to be called with each of them, `end` at the end. */
  begin(): void {
    this.#round++
    this.#version++
    this.#left = MAX_CHANGES
  }

  see(summary: TransferSummary): void {
    const row = this.#rows.get(summary.key)
    const [version, round] = [this.#version, this.#round]
    if (row === undefined) {
      this.#rows.set(summary.key, { summary, namedAt: version, changedAt: version, round })
      return
    }
    row.round = round
    if (!isNamedAlike(row.summary, summary)) row.namedAt = version
    else if (isAlike(row.summary, summary) || this.#left <= 0) return
    this.#left--
    row.changedAt = version
    row.summary = summary
  }

  end(): void {
    for (const [key, { round }] of this.#rows)
      if (round !== this.#round) {
        this.#rows.delete(key)
        this.#removed.set(key, this.#version)
      }
    for (const [key, version] of this.#removed) {
      if (this.#removed.size <= MAX_REMOVED) break
      this.#removed.delete(key)
      this.#knownSince = version
    }
  }

  /** Whether `since` can say all that changed after `version`. */
  isKnown(version: number): boolean {
    return version >= this.#knownSince && version <= this.#version
  }

  /** What changed after `version`. */
  since(version: number): TorrentsEvent {
    const added: TorrentsEvent['added'] = []
    const changed: TransferChange[] = []
    for (const { summary, namedAt, changedAt } of this.#rows.values()) {
      if (namedAt > version) added.push(transferDocument(summary))
      else if (changedAt > version) changed.push(changeDocument(summary))
    }
    const removed = [...this.#removed].filter(([, at]) => at > version).map(([key]) => keyOf(key))
    return { added, changed, removed }
  }
}
