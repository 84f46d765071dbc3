import type { Transfer, TransferStatus } from '../../node/api.js'
import type { Output } from '../output.js'
import { plainLine, transferLine } from './bar.js'
import { shownOf } from './shown.js'

/** How often progress is shown, in milliseconds. */
const ON_SCREEN = 100
const AS_EVENTS = 250
const AS_LINES = 3000

/** A transfer at one moment as --json prints it. */
const progressEvent = (status: TransferStatus) => ({
  event: 'progress' as const,
  torrentId: status.torrentId,
  uploadRate: Math.round(status.uploadRate),
  ...shownOf(status),
  downloadRate: Math.round(status.downloadRate),
})

/** Says each transfer that changed since the last time. */
const sayChanges = (output: Output): ((statuses: ReadonlyMap<Transfer, TransferStatus>) => void) => {
  const said = new WeakMap<Transfer, string>()
  return (statuses) => {
    for (const [transfer, status] of statuses) {
      const key = `${status.state} ${status.done} ${status.uploaded}`
      if (said.get(transfer) === key) continue
      said.set(transfer, key)
      if (output.isJson) output.event(progressEvent(status))
      else output.note(plainLine(shownOf(status)))
    }
  }
}

const show = (output: Output): { every: number; step: (statuses: Map<Transfer, TransferStatus>) => void } => {
  const { board } = output
  if (board === undefined) return { every: output.isJson ? AS_EVENTS : AS_LINES, step: sayChanges(output) }
  const step = (statuses: Map<Transfer, TransferStatus>): void =>
    board.draw([...statuses.values()].map((status) => transferLine(shownOf(status), board.columns)))
  return { every: ON_SCREEN, step }
}

/**
 * Shows how `transfers` come on, until the function that is returned is called: bars on a terminal, JSON objects,
 * or a line now and then.
 */
export const follow = (output: Output, transfers: () => Iterable<Transfer>): (() => void) => {
  const { every, step } = show(output)
  const timer = setInterval(() => {
    step(new Map([...transfers()].map((transfer) => [transfer, transfer.status])))
  }, every)
  return () => {
    clearInterval(timer)
    output.board?.draw([])
  }
}

/** Whether there is something to come: what only seeds has no bar. */
export const isUnderWay = (transfer: Transfer): boolean =>
  ['hashing', 'connecting', 'downloading', 'finishing', 'paused'].includes(transfer.status.state)
