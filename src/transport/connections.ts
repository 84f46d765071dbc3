import type { Socket } from 'node:net'
import type { Session } from './jsonService.js'

/**
 * The open connections of one port, counted.
 *
 * Invariants: a socket counts from `add` until it is closed; `#perGroup` holds no zero, so it has at most `count` entries.
 */
export class Connections {
  readonly #max: number
  readonly #open = new Map<Socket, Session | undefined>()
  readonly #perGroup = new Map<string, number>()
  #onEmpty: (() => void) | undefined

  constructor(max: number) {
    this.#max = max
  }

  get count(): number {
    return this.#open.size
  }

  /** Counts `socket` in, towards `group` and its limit where one is given, or returns why not. */
  add(socket: Socket, group: string | undefined, maxPerGroup: number): string | undefined {
    if (this.#open.size >= this.#max) return `${this.#max} connections are open`
    const ofGroup = group === undefined ? 0 : (this.#perGroup.get(group) ?? 0)
    if (ofGroup >= maxPerGroup) return `${ofGroup} connections from its address are open`
    this.#open.set(socket, undefined)
    if (group !== undefined) this.#perGroup.set(group, ofGroup + 1)
    socket.once('close', () => this.#remove(socket, group))
    return undefined
  }

  /** Notes who can finish what `socket` is doing. */
  serve(socket: Socket, session: Session | undefined): void {
    if (this.#open.has(socket)) this.#open.set(socket, session)
  }

  /** Lets sessions finish, destroys the connections that have none. */
  finish(): void {
    for (const [socket, session] of this.#open) {
      if (session === undefined) socket.destroy()
      else session.finish()
    }
  }

  /** Resolves when none is open. */
  whenEmpty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onEmpty = resolve
    })
  }

  destroy(): void {
    for (const socket of this.#open.keys()) socket.destroy()
  }

  #remove(socket: Socket, group: string | undefined): void {
    this.#open.delete(socket)
    if (this.#open.size === 0) this.#onEmpty?.()
    if (group === undefined) return
    const left = (this.#perGroup.get(group) ?? 0) - 1
    if (left > 0) this.#perGroup.set(group, left)
    else this.#perGroup.delete(group)
  }
}
