import { signal } from '@preact/signals'
import type { StatusDocument } from '../../../src/api/contract.js'
import { peer } from '../api/peer.js'
import { ApiError } from '../api/request.js'
import { follow } from './connection.js'
import { totals } from './transfers.js'

/** What has served this page: a peer, a peer that wants a login, a tracker, or nothing that answers. */
export type Program = 'starting' | 'peer' | 'login' | 'tracker' | 'unreachable'

export const program = signal<Program>('starting')
export const status = signal<StatusDocument | undefined>(undefined)

const whyNot = (error: unknown): Program => {
  if (!(error instanceof ApiError)) return 'unreachable'
  if (error.status === 401) return 'login'
  return error.status === 404 ? 'tracker' : 'unreachable'
}

/** Finds out, and follows a peer from then on. */
export const begin = async (): Promise<void> => {
  try {
    const known = await peer.status()
    status.value = known
    totals.value = known.totals
    program.value = 'peer'
    follow(() => (program.value = 'login'))
  } catch (error) {
    program.value = whyNot(error)
  }
}
