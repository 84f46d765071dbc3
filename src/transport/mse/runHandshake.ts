import type { Socket } from 'node:net'
import type { MseHandshake, MseStep, MseStream } from '../../protocol/mse/handshake.js'

/** Milliseconds for a whole handshake: three ways of a slow line, and a client that is busy. */
const HANDSHAKE_TIME = 10_000

/** Takes a connection over in the same turn, so that nothing that happens to it is missed; undefined: it is destroyed. */
export type OnStream = (stream: MseStream | undefined) => void

/** Runs one side of a handshake. An error of the socket is heard from then on and stays without consequence but its close. */
export const runHandshake = (
  socket: Socket,
  handshake: MseHandshake,
  onStream: OnStream,
  time = HANDSHAKE_TIME,
): void => {
  const end = (stream: MseStream | undefined): void => {
    clearTimeout(timer)
    socket.off('readable', read).off('end', fail).off('close', fail)
    if (stream === undefined) socket.destroy()
    onStream(stream)
  }
  const fail = (): void => end(undefined)
  const take = ({ send, done, fault }: MseStep): void => {
    if (send.length > 0) socket.write(send)
    if (done !== undefined || fault !== undefined) end(done)
  }
  const read = (): void => {
    const bytes = socket.read() as Buffer | null
    if (bytes !== null) take(handshake.receive(bytes))
  }
  const timer = setTimeout(fail, time)
  socket.on('readable', read).on('end', fail).on('close', fail)
  socket.on('error', () => undefined)
  take(handshake.begin())
}
