import type { Socket } from 'node:net'
import { initiateMse } from './initiateMse.js'
import { runHandshake, type OnStream } from './runHandshake.js'

export type ConnectOptions = Parameters<typeof initiateMse>[0] & {
  /** Shorter, for tests. Milliseconds. */
  readonly time?: number
}

/** Begins the handshake on a connection that stands, within 10 s. */
export const connectMse = (socket: Socket, { time, ...options }: ConnectOptions, onStream: OnStream): void =>
  runHandshake(socket, initiateMse(options), onStream, time)
