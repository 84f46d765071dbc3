import type { Socket } from 'node:net'

/** How a connection came about, where it was not simply made by one side to the other's port. */
export type Detour = 'punched' | 'relayed'

const detours = new WeakMap<object, Detour>()

/** Notes how `socket` came about. */
export const noteDetour = (socket: Socket, detour: Detour): void => {
  detours.set(socket, detour)
}

export const detourOf = (socket: Socket): Detour | undefined => detours.get(socket)

/** What is known of `from` holds also for `to`, which is inside it. */
export const inheritDetour = (from: Socket, to: Socket): void => {
  const detour = detours.get(from)
  if (detour !== undefined) detours.set(to, detour)
}
