import type { MseHandshake, MseMeans } from '../../protocol/mse/handshake.js'
import { mseInitiator, type InitiatorOptions } from '../../protocol/mse/initiator.js'
import { beginsWithKey, dialectOf } from '../firstBytes.js'
import { newMeans } from './means.js'

/** With a key that a port which tells dialects by their first bytes, as ours does, takes for one. */
const meansOfInitiator = (): MseMeans => {
  const means = newMeans()
  const { publicKey } = means.keys
  const isTold = dialectOf(publicKey) === 'unknown' && beginsWithKey(publicKey) === 'yes'
  return isTold ? means : meansOfInitiator()
}

/** The handshake of the side that connects, by the platform's own means. It is for one connection. */
export const initiateMse = (
  options: Pick<InitiatorOptions, 'infoHash' | 'initial' | 'methods'>,
): MseHandshake => mseInitiator({ ...meansOfInitiator(), ...options })
