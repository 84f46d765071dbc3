import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ShoalError } from '../../protocol/errors.js'
import { isLoopbackHost } from '../../support/loopback.js'
import { AccessFile, digestOf, type AccessRecord } from './accessFile.js'
import { hostOf } from './guard.js'
import { LoginLimit } from './loginLimit.js'
import { isPassword } from './password.js'
import { SESSION_TIME, Sessions } from './sessions.js'

/** How long what was read of the file is believed without a look, in milliseconds. */
const FRESH_TIME = 1_000

/** Who asks, and why that is allowed. */
export type Caller =
  | { readonly by: 'loopback' }
  | { readonly by: 'token' }
  | { readonly by: 'password'; readonly expiresAt: number; readonly secret: string }

export interface AccessOptions {
  readonly state: string
  /** Names the cookie: others of this machine share its jar, since it knows no ports. */
  readonly peerId: string
  readonly scheme: 'http' | 'https'
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A program or browser of this machine, which asks for it by its own name and for nobody else. */
const isLocal = ({ headers, socket }: IncomingMessage): boolean =>
  isLoopbackHost(socket.remoteAddress ?? '') &&
  isLoopbackHost(hostOf(headers.host)) &&
  headers['x-forwarded-for'] === undefined &&
  headers.forwarded === undefined

const BEARER = /^Bearer +([!-~]{1,256})$/i

/** Says who may use the API, from this machine and from elsewhere. */
export class Access {
  readonly #options: AccessOptions
  readonly #file: AccessFile
  readonly #sessions = new Sessions()
  readonly #limit = new LoginLimit()
  readonly #cookie: string
  #record: AccessRecord = { tokens: [] }
  #changedAt = 0
  #lookedAt = -Infinity

  constructor(options: AccessOptions) {
    this.#options = options
    this.#file = new AccessFile(options.state)
    this.#cookie = `shoal-${options.peerId.slice(0, 8)}`
  }

  /** Makes a password where there is none yet, and returns it: that is the only time that it can be read. */
  async firstPassword(): Promise<string | undefined> {
    const { password } = await this.#file.read()
    return password === undefined ? this.#file.newPassword() : undefined
  }

  /** Who sent `request`, or undefined for a caller that may not use the API. @throws ShoalError */
  async callerOf(request: IncomingMessage): Promise<Caller | undefined> {
    if (isLocal(request)) return { by: 'loopback' }
    const record = await this.#current()
    const { headers } = request
    const token = BEARER.exec(headers.authorization ?? '')?.[1]
    if (token !== undefined) return isToken(record, token) ? { by: 'token' } : undefined
    const secret = this.#secretIn(headers.cookie)
    const session = secret && this.#sessions.find(secret, record.password?.salt, this.#options.now())
    return session && secret ? { by: 'password', expiresAt: session.expiresAt, secret } : undefined
  }

  /** Logs in; returns the Set-Cookie header. @throws ShoalError UNAUTHORIZED, TOO_MANY_REQUESTS */
  async login(address: string, password: string): Promise<string> {
    const now = this.#options.now()
    const record = await this.#current()
    const salt = await this.#limit.try(address, now, async () =>
      record.password && (await isPassword(password, record.password)) ? record.password.salt : '',
    )
    if (salt === undefined) throw new ShoalError('TOO_MANY_REQUESTS', 'Too many passwords were tried')
    if (salt === '') throw new ShoalError('UNAUTHORIZED', 'The password is wrong')
    this.#limit.forget(address)
    return this.#setCookie(this.#sessions.begin(salt, now), SESSION_TIME / 1000)
  }

  /** Ends a login; returns the Set-Cookie header that has the browser forget it. */
  logout(caller: Caller): string {
    if (caller.by === 'password') this.#sessions.end(caller.secret)
    return this.#setCookie('', 0)
  }

  #setCookie(value: string, seconds: number): string {
    const secure = this.#options.scheme === 'https' ? '; Secure' : ''
    return `${this.#cookie}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`
  }

  #secretIn(cookies = ''): string | undefined {
    const own = `${this.#cookie}=`
    const found = cookies.split(/; */).find((cookie) => cookie.startsWith(own))
    return found?.slice(own.length) || undefined
  }

  /** `shoal password` and `shoal token` change the file while a peer runs. */
  async #current(): Promise<AccessRecord> {
    const now = this.#options.now()
    if (Math.abs(now - this.#lookedAt) < FRESH_TIME) return this.#record
    const changedAt = await this.#file.changedAt()
    if (changedAt !== this.#changedAt) this.#record = await this.#file.read()
    this.#changedAt = changedAt
    this.#lookedAt = now
    return this.#record
  }
}

/** Digests are compared, so the time taken says nothing of a token. */
const isToken = ({ tokens }: AccessRecord, token: string): boolean => {
  const given = Buffer.from(digestOf(token))
  return tokens.some(({ digest }) => {
    const kept = Buffer.from(digest)
    return kept.length === given.length && timingSafeEqual(kept, given)
  })
}
