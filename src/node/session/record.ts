import { PRIORITIES, type Priority } from '../api.js'
import { asCount, asObject, asString } from '../../protocol/json/fields.js'
import { readLimits, type StoredLimits } from './storedLimits.js'

/** Size in bytes and time of change in milliseconds of one file; together they tell whether it was touched. */
export type Stamp = readonly [size: number, changed: number]

/** So many files of one priority. */
export type PriorityRun = readonly [count: number, priority: Priority]

/** One transfer as it is remembered over a restart. */
export interface TransferRecord {
  /** Name of its .torrent in the state folder. */
  readonly torrent: string
  /** Where the content is, or will be. */
  readonly path: string
  /** 'seed': complete. 'fetch': not yet. */
  readonly work: 'seed' | 'fetch'
  /** By choice of the user. */
  readonly isPaused: boolean
  /** Whether it is to be seeded once complete. */
  readonly shallSeed: boolean
  /** How much its files are wanted, in the torrent's order: of so many files in a row each. */
  readonly priorities: readonly PriorityRun[]
  /** Whether pieces are fetched in order. */
  readonly isSequential: boolean
  readonly limits: StoredLimits
  /** Of each file that is seeded, in the torrent's order. */
  readonly stamps: readonly Stamp[]
  /** Milliseconds since 1970; left out where that is not known, or it is not complete. */
  readonly addedAt?: number
  readonly completedAt?: number
}

/** A number that can be written again: JSON reads 1e999 as infinite. */
const isFinite = (value: unknown): value is number => Number.isFinite(value)

const readStamp = (value: unknown): Stamp | undefined => {
  if (!Array.isArray(value)) return undefined
  const [size, changed] = value as readonly unknown[]
  return isFinite(size) && isFinite(changed) ? [size, changed] : undefined
}

const readRun = (value: unknown): PriorityRun | undefined => {
  if (!Array.isArray(value)) return undefined
  const [count, name] = value as readonly unknown[]
  const priority = PRIORITIES.find((one) => one === name)
  return isFinite(count) && priority !== undefined ? [count, priority] : undefined
}

/** Priorities as runs. */
export const runsOf = (priorities: readonly Priority[]): readonly PriorityRun[] => {
  const runs: [number, Priority][] = []
  for (const priority of priorities) {
    const last = runs.at(-1)
    if (last?.[1] === priority) last[0]++
    else runs.push([1, priority])
  }
  return runs
}

/** The priorities of `files` files that runs stand for; what they say nothing of is normal. */
export const prioritiesOf = (runs: readonly PriorityRun[], files: number): readonly Priority[] => {
  const priorities: Priority[] = []
  for (const [count, priority] of runs)
    for (let file = 0; file < count && priorities.length < files; file++) priorities.push(priority)
  while (priorities.length < files) priorities.push('normal')
  return priorities
}

const present = <Value>(value: Value | undefined): value is Value => value !== undefined

/** The times of a record that are known. */
export const timesOf = (
  addedAt: number | undefined,
  completedAt: number | undefined,
): Pick<TransferRecord, 'addedAt' | 'completedAt'> => ({
  ...(addedAt !== undefined && { addedAt }),
  ...(completedAt !== undefined && { completedAt }),
})

const readRecord = (value: unknown): TransferRecord | undefined => {
  const object = asObject(value)
  const torrent = asString(object?.torrent)
  const path = asString(object?.path)
  if (object === undefined || torrent === undefined || path === undefined) return undefined
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})\.torrent$/.test(torrent)) return undefined
  const list = (field: unknown): readonly unknown[] => (Array.isArray(field) ? field : [])
  return {
    torrent,
    path,
    work: object.work === 'seed' ? 'seed' : 'fetch',
    isPaused: object.isPaused === true,
    shallSeed: object.shallSeed !== false,
    priorities: list(object.priorities).map(readRun).filter(present),
    isSequential: object.isSequential === true,
    limits: readLimits(object.limits),
    stamps: list(object.stamps).map(readStamp).filter(present),
    ...timesOf(asCount(object.addedAt), asCount(object.completedAt)),
  }
}

const VERSION = 1

/** A record as it stands in a session file, on a line of its own. */
export const encodeRecord = (record: TransferRecord): string => JSON.stringify(record)

/** A session file of records that were encoded. */
export const joinSession = (records: readonly string[]): string =>
  `{"version":${VERSION},"transfers":[\n${records.join(',\n')}\n]}\n`

/** What a session file remembers; one that is damaged, or of another version, remembers nothing. */
export const decodeSession = (text: string): readonly TransferRecord[] => {
  try {
    const object = asObject(JSON.parse(text))
    if (asCount(object?.version) !== VERSION || !Array.isArray(object?.transfers)) return []
    return object.transfers.map(readRecord).filter(present)
  } catch {
    return []
  }
}
