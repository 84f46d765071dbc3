import type { Socket } from 'node:net'

/** The first connection that stands; what comes of the others is closed. @throws AggregateError where none does */
export const firstSocket = async (tries: readonly Promise<Socket>[]): Promise<Socket> => {
  const first = await Promise.any(tries)
  for (const one of tries)
    one.then(
      (other) => other !== first && other.destroy(),
      () => undefined,
    )
  return first
}
