import { hash, randomBytes } from 'node:crypto'
import type { MseMeans } from '../../protocol/mse/handshake.js'
import { newKeyExchange } from './keyExchange.js'

/** The platform's own means for one handshake. */
export const newMeans = (): MseMeans => ({
  sha1: (data) => hash('sha1', data, 'buffer'),
  keys: newKeyExchange(),
  randomBytes,
})
