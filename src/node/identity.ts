import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ShoalError } from '../protocol/errors.js'
import { peerIdOfKey, type PeerId } from '../protocol/ids.js'
import { acquireLock } from '../support/lockFile.js'
import { openOwnKey, readOwnKey, type OwnKey } from '../support/tls/ownKey.js'

/** Peers that may share one state folder. */
const MAX_PEERS = 64

/** Who a peer is. */
export interface KnownIdentity {
  readonly peerId: PeerId
  /** Names this peer's files in the state folder. */
  readonly name: string
  /** What it proves its id with. */
  readonly key: OwnKey
}

/** Who this peer is, for as long as it runs: no other process has the same identity meanwhile. */
export interface Identity extends KnownIdentity {
  release(): Promise<void>
}

const keyFile = (state: string, name: string): string => join(state, `${name}.pem`)

const nameOf = (number: number): string => `peer-${number}`

/**
 * Takes the first identity of the state folder that no running process uses; makes one where there is none.
 * So a peer keeps its identity over restarts, and several peers of one user never share one.
 *
 * @throws ShoalError STATE_LOCKED, DISK_FAILED
 */
export const takeIdentity = (state: string): Promise<Identity> =>
  inState(state, async () => {
    await mkdir(state, { recursive: true, mode: 0o700 })
    for (let number = 1; number <= MAX_PEERS; number++) {
      const name = nameOf(number)
      const lock = await acquireLock(join(state, `${name}.lock`))
      if (lock === undefined) continue
      const release = (): Promise<void> => lock.release()
      try {
        return { ...(await openIdentity(state, name)), release }
      } catch (error) {
        await release()
        throw error
      }
    }
    throw new ShoalError('STATE_LOCKED', `${MAX_PEERS} peers use the state folder ${state} already`)
  })

/**
 * The identities of the state folder, the one that is taken first before the others; where there is none it is made.
 *
 * @throws ShoalError STATE_LOCKED, DISK_FAILED
 */
export const listIdentities = (state: string): Promise<readonly KnownIdentity[]> =>
  inState(state, async () => {
    const found: KnownIdentity[] = []
    for (let number = 1; number <= MAX_PEERS; number++) {
      const name = nameOf(number)
      const key = await readOwnKey(keyFile(state, name))
      if (key !== undefined) found.push({ peerId: peerIdOfKey(key.fingerprint), name, key })
    }
    if (found.length > 0) return found
    const made = await takeIdentity(state)
    await made.release()
    return [made]
  })

const openIdentity = async (state: string, name: string): Promise<KnownIdentity> => {
  const key = await openOwnKey(keyFile(state, name))
  // What stood for an identity before it was a key. Trackers forget it by themselves.
  await rm(join(state, `${name}.id`), { force: true })
  return { peerId: peerIdOfKey(key.fingerprint), name, key }
}

/** @throws ShoalError */
const inState = async <T>(state: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ShoalError) throw error
    throw new ShoalError(
      'DISK_FAILED',
      `the state folder ${state} cannot be used: ${(error as Error).message}`,
    )
  }
}
