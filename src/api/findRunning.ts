import { readAddresses, type KeptAddress } from './addressFile.js'
import { ApiClient } from './client.js'

/** A peer of this machine answers at once; what takes longer is no peer. Milliseconds. */
const LOOK_TIME = 2_000

/** Somebody else may listen by now where a peer that was killed did. */
const isStillThere = async (client: ApiClient, { peerId }: KeptAddress): Promise<boolean> => {
  try {
    return (await client.status(LOOK_TIME)).peerId === peerId
  } catch {
    return false
  }
}

/** The running peers whose addresses are in the state folder; addresses of peers that are gone are passed over. */
export const findRunning = async (state: string): Promise<readonly ApiClient[]> => {
  const found = await Promise.all(
    (await readAddresses(state)).map(async (address) => {
      const client = new ApiClient(address)
      return (await isStillThere(client, address)) ? [client] : []
    }),
  )
  return found.flat()
}
