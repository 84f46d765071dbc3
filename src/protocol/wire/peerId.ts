import { encodeUtf8 } from '../bytes.js'
import type { PeerId } from '../ids.js'

/** Whether a peer id is one of Shoal's. */
export const isShoalPeerId = (peerId: Uint8Array): boolean =>
  PREFIX.every((byte, index) => peerId[index] === byte)

const PREFIX = encodeUtf8('-SH')

/** 20 bytes in Azureus style (BEP 20): SH, version 0.1.0, and the beginning of Shoal's own peer id. */
export const wirePeerIdOf = (peerId: PeerId): Uint8Array => encodeUtf8(`-SH0100-${peerId.slice(0, 12)}`)
