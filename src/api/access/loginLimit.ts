import { addressGroup } from '../../support/addressGroup.js'

/** Tries of one address at once, and how long until it has one more, in milliseconds. */
const TRIES = 5
const TIME_PER_TRY = 30_000

/** Addresses remembered; the one that tried longest ago is forgotten first. */
const MAX_ADDRESSES = 1_000

/** Passwords hashed at once, of all callers: 32 MiB each. */
const MAX_AT_ONCE = 2

interface Bucket {
  tries: number
  filledAt: number
}

/** A socket of both families says an IPv4 address as IPv6 (RFC 4291, 2.5.5.2); all of those are one /64. */
const groupOf = (address: string): string => addressGroup(address.replace(/^::ffff:(?=[0-9.]+$)/, ''))

/**
 * How often may be guessed: 5 times at once from an address, and twice a minute from then on.
 *
 * Invariant: `#buckets` is in order of the last try and has at most MAX_ADDRESSES entries.
 */
export class LoginLimit {
  readonly #buckets = new Map<string, Bucket>()
  #underWay = 0

  /** Runs one try from `address`; undefined where it must wait. */
  async try<Result>(address: string, now: number, work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#underWay >= MAX_AT_ONCE || !this.#take(groupOf(address), now)) return undefined
    this.#underWay++
    try {
      return await work()
    } finally {
      this.#underWay--
    }
  }

  /** Whose try was right need not wait for the next. */
  forget(address: string): void {
    this.#buckets.delete(groupOf(address))
  }

  #take(group: string, now: number): boolean {
    const { tries, filledAt } = this.#buckets.get(group) ?? { tries: TRIES, filledAt: now }
    const left = Math.min(TRIES, tries + (now - filledAt) / TIME_PER_TRY)
    this.#buckets.delete(group)
    this.#buckets.set(group, { tries: left < 1 ? left : left - 1, filledAt: now })
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > MAX_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest)
    return left >= 1
  }
}

/** Seconds after which an address that must wait may try again. */
export const RETRY_AFTER = TIME_PER_TRY / 1000
