import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import { ShoalError } from '../../protocol/errors.js'
import { generatePassword, hashPassword } from './password.js'

/** Tokens of one state folder: one for each program that uses the API, and room. */
const MAX_TOKENS = 64

/** What is kept of who may use the API from elsewhere. No secret can be read out of it. */
const AccessRecord = Type.Object({
  password: Type.Optional(Type.Object({ salt: Type.String(), hash: Type.String() })),
  tokens: Type.Array(Type.Object({ name: Type.String(), digest: Type.String(), createdAt: Type.Integer() }), {
    maxItems: MAX_TOKENS,
  }),
})
export type AccessRecord = Static<typeof AccessRecord>

const NOBODY: AccessRecord = { tokens: [] }

/** A token has 256 random bits, so a plain hash keeps it as well as a slow one. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64')

/**
 * The file in the state folder that says who may use the HTTP API from elsewhere, readable for its user alone.
 */
export class AccessFile {
  readonly #path: string

  constructor(state: string) {
    this.#path = join(state, 'http-access.json')
  }

  /** Milliseconds since 1970 of its last change; 0: there is none. */
  async changedAt(): Promise<number> {
    return stat(this.#path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
  }

  /** @throws ShoalError CONFIG_INVALID where it is damaged: nobody is let in by guess. */
  async read(): Promise<AccessRecord> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw new ShoalError('DISK_FAILED', `${this.#path} cannot be read: ${error.message}`)
    })
    if (text === undefined) return NOBODY
    const record = parse(text)
    if (!Check(AccessRecord, record))
      throw new ShoalError(
        'CONFIG_INVALID',
        `${this.#path} is damaged: remove it, and make password and tokens anew`,
      )
    return record
  }

  /** Makes a new password, which holds from now on instead of any before; only its hash is kept. */
  async newPassword(): Promise<string> {
    const password = generatePassword()
    await this.setPassword(password)
    return password
  }

  async setPassword(password: string): Promise<void> {
    await this.#write({ ...(await this.read()), password: await hashPassword(password) })
  }

  /** Makes a token; only its digest is kept. @throws ShoalError USAGE for a name that is taken, or too many */
  async newToken(name: string, now: number): Promise<string> {
    const record = await this.read()
    if (record.tokens.some((token) => token.name === name))
      throw new ShoalError(
        'USAGE',
        `There is a token ${JSON.stringify(name)} already: revoke it, or choose another name`,
      )
    if (record.tokens.length >= MAX_TOKENS)
      throw new ShoalError('USAGE', `There are ${MAX_TOKENS} tokens: revoke one`)
    const token = `shoal_${randomBytes(32).toString('base64url')}`
    const tokens = [...record.tokens, { name, digest: digestOf(token), createdAt: now }]
    await this.#write({ ...record, tokens })
    return token
  }

  /** @throws ShoalError USAGE where there is none of that name */
  async revokeToken(name: string): Promise<void> {
    const record = await this.read()
    const tokens = record.tokens.filter((token) => token.name !== name)
    if (tokens.length === record.tokens.length)
      throw new ShoalError('USAGE', `There is no token ${JSON.stringify(name)}`)
    await this.#write({ ...record, tokens })
  }

  async #write(record: AccessRecord): Promise<void> {
    const fresh = `${this.#path}.${randomBytes(4).toString('hex')}`
    await mkdir(join(this.#path, '..'), { recursive: true, mode: 0o700 })
    // Renamed into place: a reader never sees half of it.
    await writeFile(fresh, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(fresh, this.#path)
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
