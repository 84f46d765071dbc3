import type { Socket } from 'node:net'
import { mseResponder, type ResponderOptions } from '../../protocol/mse/responder.js'
import { newMeans } from './means.js'
import { runHandshake, type OnStream } from './runHandshake.js'

export interface AcceptOptions extends Pick<ResponderOptions, 'infoHashOf'> {
  /** Shorter, for tests. Milliseconds. */
  readonly time?: number
}

/** Answers the handshake of a connection whose first bytes are a key, within 10 s. */
export const acceptMse = (socket: Socket, { infoHashOf, time }: AcceptOptions, onStream: OnStream): void =>
  runHandshake(socket, mseResponder({ ...newMeans(), infoHashOf }), onStream, time)
