import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

/** RFC 7914; 128 x N x r bytes are 32 MiB and about 80 ms for one guess. */
const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const HASH_BYTES = 32
const SALT_BYTES = 16

/** A password as it is kept; both in base64. */
export interface PasswordHash {
  readonly salt: string
  readonly hash: string
}

const derive = (password: string, salt: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // Composed in one way, however a keyboard gave it.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, COST, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })

export const hashPassword = async (password: string): Promise<PasswordHash> => {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt)
  return { salt: salt.toString('base64'), hash: hash.toString('base64') }
}

export const isPassword = async (password: string, { salt, hash }: PasswordHash): Promise<boolean> => {
  const expected = Buffer.from(hash, 'base64')
  const derived = await derive(password, Buffer.from(salt, 'base64'))
  return expected.length === derived.length && timingSafeEqual(derived, expected)
}

/** Without those that are taken for one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 5
const GROUP_LETTERS = 4

/** A password that nobody guesses: 20 of 31 letters are 99 bits. */
export const generatePassword = (): string => {
  const letters: string[] = []
  // Bytes of the last, incomplete run of 31 are thrown away, so that each letter is as likely.
  const most = 256 - (256 % LETTERS.length)
  while (letters.length < GROUPS * GROUP_LETTERS)
    for (const byte of randomBytes(32)) if (byte < most) letters.push(LETTERS[byte % LETTERS.length] ?? '')
  const groups = Array.from({ length: GROUPS }, (_, group) =>
    letters.slice(group * GROUP_LETTERS, (group + 1) * GROUP_LETTERS).join(''),
  )
  return groups.join('-')
}
