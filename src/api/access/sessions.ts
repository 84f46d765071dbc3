import { randomBytes } from 'node:crypto'
import { digestOf } from './accessFile.js'

/** Logins at once; the oldest ends when another begins. */
const MAX_SESSIONS = 100

/** Milliseconds that a login lasts. */
export const SESSION_TIME = 7 * 24 * 3600 * 1000

export interface Session {
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** The salt of the password that it was begun with: another password ends it. */
  readonly salt: string
}

/**
 * Who has logged in. Only digests of what browsers hold are kept.
 *
 * Invariant: at most MAX_SESSIONS, in the order in which they began, which is that in which they expire.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>()

  get size(): number {
    return this.#sessions.size
  }

  /** Begins a login; returns what the browser is to send from now on. */
  begin(salt: string, now: number): string {
    const secret = randomBytes(32).toString('base64url')
    this.#sessions.set(digestOf(secret), { expiresAt: now + SESSION_TIME, salt })
    for (const [digest, { expiresAt }] of this.#sessions)
      if (expiresAt <= now || this.#sessions.size > MAX_SESSIONS) this.#sessions.delete(digest)
      else break
    return secret
  }

  /** The login that `secret` is of, while the password with `salt` holds. */
  find(secret: string, salt: string | undefined, now: number): Session | undefined {
    const session = this.#sessions.get(digestOf(secret))
    return session !== undefined && session.expiresAt > now && session.salt === salt ? session : undefined
  }

  end(secret: string): void {
    this.#sessions.delete(digestOf(secret))
  }
}
