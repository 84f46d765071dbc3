import type { Socket } from 'node:net'
import type { MseMeans } from '../../protocol/mse/handshake.js'
import { mseInitiator, type InitiatorOptions } from '../../protocol/mse/initiator.contract.js'
import { beginsWithKey, dialectOf } from '../firstBytes.js'
import { newMeans } from './means.js'
import { runHandshake, type OnStream } from './runHandshake.js'

export interface ConnectOptions extends Pick<InitiatorOptions, 'infoHash' | 'initial' | 'methods'> {
  /** Shorter, for tests. Milliseconds. */
  readonly time?: number
}

/** With a key that a port which tells dialects by their first bytes, as ours does, takes for one. */
const meansOfInitiator = (): MseMeans => {
  const means = newMeans()
  const { publicKey } = means.keys
  const isTold = dialectOf(publicKey) === 'unknown' && beginsWithKey(publicKey) === 'yes'
  return isTold ? means : meansOfInitiator()
}

/** Begins the handshake on a connection that stands, within 10 s. */
export const connectMse = (socket: Socket, { time, ...options }: ConnectOptions, onStream: OnStream): void =>
  runHandshake(socket, mseInitiator({ ...meansOfInitiator(), ...options }), onStream, time)
