import { asObject } from '../../protocol/json/fields.js'
import type { RateLimits } from '../api.js'

/** Limits that were set for one transfer by itself, as JSON has them: null where there is none. */
export type StoredLimits = Readonly<Partial<Record<keyof RateLimits, number | null>>>

const NAMES = ['download', 'upload'] as const

/** Those of `limits` that are not what every torrent begins with: only these are remembered. */
export const storedLimits = (limits: RateLimits, defaults: Partial<RateLimits> = {}): StoredLimits =>
  Object.fromEntries(
    NAMES.filter((name) => limits[name] !== defaults[name]).map((name) => [name, limits[name] ?? null]),
  )

/** What is no limit is left out. */
export const readLimits = (value: unknown): StoredLimits => {
  const object = asObject(value) ?? {}
  const isLimit = (one: unknown): boolean => one === null || (Number.isSafeInteger(one) && Number(one) > 0)
  return Object.fromEntries(NAMES.filter((name) => isLimit(object[name])).map((name) => [name, object[name]]))
}

/** The limits to begin the transfer with. */
export const limitsOf = (stored: StoredLimits): Partial<RateLimits> =>
  Object.fromEntries(Object.entries(stored).map(([name, rate]) => [name, rate ?? undefined]))
