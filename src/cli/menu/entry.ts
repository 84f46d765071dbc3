import type { ShoalPeer } from '../../node/api.js'
import type { Interrupt } from '../interrupt.js'
import type { Output } from '../output.js'

/** What an entry of the menu works with. */
export interface Console {
  readonly peer: ShoalPeer
  readonly output: Output
  readonly interrupt: Interrupt
  /** The answer to a question; undefined where there is no one to answer. */
  readonly ask: (question: string, hint?: 'path') => Promise<string | undefined>
}

/** Work that goes on while the menu comes again. Neither promise need be caught by who makes it. */
export interface Work {
  /** What must be so before a later choice can count on it. */
  readonly started: Promise<unknown>
  readonly done: Promise<void>
}

/** An entry of the console's menu. */
export interface MenuEntry {
  readonly title: string
  /** What help says about it. */
  readonly help: string
  /** Asks what it must know, then does its work or begins it. @throws ShoalError */
  readonly choose: (console: Console) => Promise<Work | undefined>
}
