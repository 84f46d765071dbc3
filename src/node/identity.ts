import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ShoalError } from '../protocol/errors.js'
import { parsePeerId, type PeerId } from '../protocol/ids.js'
import { acquireLock } from '../support/lockFile.js'

/** Peers that may share one state folder. */
const MAX_PEERS = 64

/** Who this peer is, for as long as it runs: no other process has the same identity meanwhile. */
export interface Identity {
  readonly peerId: PeerId
  /** Names this peer's files in the state folder. */
  readonly name: string
  release(): Promise<void>
}

/**
 * Takes the first identity of the state folder that no running process uses; makes one where there is none.
 * So a peer keeps its identity over restarts, and several peers of one user never share one.
 *
 * @throws ShoalError STATE_LOCKED, DISK_FAILED
 */
export const takeIdentity = async (state: string): Promise<Identity> => {
  try {
    await mkdir(state, { recursive: true, mode: 0o700 })
    for (let number = 1; number <= MAX_PEERS; number++) {
      const lock = await acquireLock(join(state, `peer-${number}.lock`))
      if (lock === undefined) continue
      const peerId = await readOrMake(join(state, `peer-${number}.id`))
      return { peerId, name: `peer-${number}`, release: () => lock.release() }
    }
  } catch (error) {
    if (error instanceof ShoalError) throw error
    throw new ShoalError(
      'DISK_FAILED',
      `the state folder ${state} cannot be used: ${(error as Error).message}`,
    )
  }
  throw new ShoalError('STATE_LOCKED', `${MAX_PEERS} peers use the state folder ${state} already`)
}

const readOrMake = async (path: string): Promise<PeerId> => {
  const known = await readFile(path, 'utf8').catch(() => '')
  const peerId = parsePeerId(known.trim())
  if (peerId !== undefined) return peerId
  const made = randomBytes(16).toString('hex')
  await writeFile(path, made + '\n', { mode: 0o600 })
  return made as PeerId
}
