import type { Endpoint, PeerId, Ticket } from '../../protocol/ids.js'
import { PUNCH_ANSWER_TIME } from '../../protocol/limits.js'
import type { Caller } from '../../transport/jsonService.js'

/** Punches that wait for the other side, and how many of them for one peer. */
const MAX_PENDING = 1024
const MAX_PENDING_PER_TARGET = 8

interface Pending {
  readonly target: PeerId
  /** The address from which the target may answer, and no other. */
  readonly targetHost: string
  readonly asker: Endpoint
  settle(other: Endpoint | undefined): void
}

/**
 * Introduces two peers to one another: each is told where the other's connection was seen, in the same moment.
 *
 * Invariant: who asked and who answers are told of each other's addresses alone, as they were seen here; MAX_PENDING at most.
 */
export class Punches {
  readonly #pending = new Map<Ticket, Pending>()
  readonly #answerTime: number

  /** @param answerTime milliseconds */
  constructor(answerTime = PUNCH_ANSWER_TIME) {
    this.#answerTime = answerTime
  }

  /** Whether one more for `target` may wait. */
  hasRoom(target: PeerId): boolean {
    const forTarget = [...this.#pending.values()].filter((pending) => pending.target === target).length
    return this.#pending.size < MAX_PENDING && forTarget < MAX_PENDING_PER_TARGET
  }

  /** Resolves with where the target's connection was seen; undefined: it did not answer. */
  ask(
    ticket: Ticket,
    asker: Caller,
    target: { readonly peerId: PeerId; readonly host: string },
  ): Promise<Endpoint | undefined> {
    return new Promise((resolve) => {
      const settle = (other: Endpoint | undefined): void => {
        clearTimeout(timer)
        this.#pending.delete(ticket)
        asker.gone.removeEventListener('abort', leave)
        resolve(other)
      }
      const leave = (): void => settle(undefined)
      const timer = setTimeout(leave, this.#answerTime).unref()
      asker.gone.addEventListener('abort', leave)
      const { host, port } = asker
      this.#pending.set(ticket, {
        target: target.peerId,
        targetHost: target.host,
        asker: { host, port },
        settle,
      })
    })
  }

  /** The target came: both sides are told. Returns where the asker's connection was seen; undefined for a ticket that is not its own. */
  answer(ticket: Ticket, { host, port }: Caller): Endpoint | undefined {
    const pending = this.#pending.get(ticket)
    if (pending === undefined || pending.targetHost !== host) return undefined
    pending.settle({ host, port })
    return pending.asker
  }
}
