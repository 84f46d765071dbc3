import type { Socket } from 'node:net'

/** The addresses of connections that a proxy has passed on. */
const passedOn = new WeakMap<object, { readonly host: string; readonly port: number }>()

/** Notes that `socket`, which comes from a proxy, was passed on for `host`, whose port is `port`. */
export const notePassedOn = (socket: Socket, host: string, port: number): void => {
  passedOn.set(socket, { host, port })
}

/** What is known of `from` holds also for `to`, which is inside it. */
export const inheritCaller = (from: Socket, to: Socket): void => {
  const known = passedOn.get(from)
  if (known !== undefined) passedOn.set(to, known)
}

/** Sockets that listen on :: see IPv4 callers as ::ffff:a.b.c.d. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:(?=[0-9.]+$)/, '')

/** Who is at the other end: the address the connection came from, IPv4-mapped addresses written as IPv4. */
export const callerOf = (socket: Pick<Socket, 'remoteAddress'>): string =>
  passedOn.get(socket)?.host ?? plainAddress(socket.remoteAddress)

/** The port that its connection came from; 0 where it is gone, or a proxy does not say. */
export const callerPort = (socket: Pick<Socket, 'remotePort'>): number =>
  passedOn.get(socket)?.port ?? socket.remotePort ?? 0
