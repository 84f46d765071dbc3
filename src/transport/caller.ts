import type { Socket } from 'node:net'

/** The addresses of connections that a proxy has passed on. */
const passedOn = new WeakMap<object, string>()

/** Notes that `socket`, which comes from a proxy, was passed on for `host`. */
export const notePassedOn = (socket: Socket, host: string): void => {
  passedOn.set(socket, host)
}

/** Sockets that listen on :: see IPv4 callers as ::ffff:a.b.c.d. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:(?=[0-9.]+$)/, '')

/** Who is at the other end: the address the connection came from, IPv4-mapped addresses written as IPv4. */
export const callerOf = (socket: Pick<Socket, 'remoteAddress'>): string =>
  passedOn.get(socket) ?? plainAddress(socket.remoteAddress)
