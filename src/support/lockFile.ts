import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A lock held by this process. */
export interface Lock {
  /** Gives it up; more than once does no harm. */
  release(): Promise<void>
}

interface Holder {
  readonly pid: number
  /** Tells a process from a later one that got the same number; empty where the system does not say. */
  readonly started: string
  readonly token: string
}

/** A holder writes its name right after it created the file: this long at most is a file without a name believed. */
const NAMELESS_TRIES = 10
const NAMELESS_PAUSE = 20

/** A stale lock may be taken over by several at once; each round one of them wins. */
const ROUNDS = 20

const held = new Map<string, string>()

/**
 * Takes the lock file `path`, or returns undefined while another holds it. A lock is stale, and taken over, when its
 * process is gone, or when it names this very process, which does not hold it.
 */
export const acquireLock = async (path: string): Promise<Lock | undefined> => {
  const place = resolve(path)
  const token = randomBytes(16).toString('hex')
  for (let round = 0; round < ROUNDS; round++) {
    if (held.has(place)) return undefined
    if (await create(place, token)) return lockOf(place, token)
    const holder = await readHolder(place)
    if (holder === 'gone') continue
    if (holder && (await isAlive(holder, place))) return undefined
    await takeAway(place, token, holder)
  }
  return undefined
}

const lockOf = (place: string, token: string): Lock => ({
  release: async () => {
    if (held.get(place) !== token) return
    const holder = await readHolder(place)
    if (typeof holder === 'object' && holder.token === token) await rm(place, { force: true })
    held.delete(place)
  },
})

const create = async (place: string, token: string): Promise<boolean> => {
  const holder: Holder = { pid: process.pid, started: await startOf(process.pid), token }
  if (held.has(place)) return false
  held.set(place, token)
  try {
    await writeFile(place, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    held.delete(place)
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

/** Who holds it; undefined where the file names nobody, even after a while. */
const readHolder = async (place: string): Promise<Holder | 'gone' | undefined> => {
  for (let attempt = 0; attempt < NAMELESS_TRIES; attempt++) {
    try {
      const holder = parseHolder(await readFile(place, 'utf8'))
      if (holder) return holder
    } catch (error) {
      if (isCode(error, 'ENOENT')) return 'gone'
      throw error
    }
    await sleep(NAMELESS_PAUSE)
  }
  return undefined
}

const parseHolder = (text: string): Holder | undefined => {
  try {
    const { pid, started, token } = JSON.parse(text) as Partial<Record<keyof Holder, unknown>>
    return Number.isSafeInteger(pid) && typeof started === 'string' && typeof token === 'string'
      ? { pid: Number(pid), started, token }
      : undefined
  } catch {
    return undefined
  }
}

const isAlive = async (holder: Holder, place: string): Promise<boolean> => {
  if (holder.pid <= 0) return false
  if (holder.pid === process.pid) return held.get(place) === holder.token
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM says that it lives, as somebody else's.
    if (!isCode(error, 'EPERM')) return false
  }
  const started = await startOf(holder.pid)
  return started === '' || holder.started === '' || started === holder.started
}

/** Field 22 of /proc/PID/stat, counted after the name, which may hold blanks and brackets. */
const startOf = async (pid: number): Promise<string> => {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

/** Moves the stale file aside; puts it back where it turns out to be a fresh lock of somebody faster. */
const takeAway = async (place: string, token: string, stale: Holder | undefined): Promise<void> => {
  const aside = `${place}.${token}`
  try {
    await rename(place, aside)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return
    throw error
  }
  const moved = parseHolder(await readFile(aside, 'utf8').catch(() => ''))
  if (moved && moved.token !== stale?.token) await rename(aside, place)
  else await rm(aside, { force: true })
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
