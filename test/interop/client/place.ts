/** Where a program runs: its address, and the words before its command that bring it there. */
export interface Place {
  readonly host: string
  readonly prefix: readonly string[]
  /** The address of this process in that place's network. */
  readonly gateway: string
}

export const LOOPBACK: Place = { host: '127.0.0.1', prefix: [], gateway: '127.0.0.1' }
