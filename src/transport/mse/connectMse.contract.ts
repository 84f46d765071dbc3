import type { Socket } from 'node:net'
import { mseInitiator, type InitiatorOptions } from '../../protocol/mse/initiator.contract.js'
import { newMeans } from './means.js'
import { runHandshake, type OnStream } from './runHandshake.js'

export interface ConnectOptions extends Pick<InitiatorOptions, 'infoHash' | 'initial' | 'methods'> {
  /** Shorter, for tests. Milliseconds. */
  readonly time?: number
}

/** Begins the handshake on a connection that stands, within 10 s. */
export const connectMse = (socket: Socket, { time, ...options }: ConnectOptions, onStream: OnStream): void =>
  runHandshake(socket, mseInitiator({ ...newMeans(), ...options }), onStream, time)
