import { encodeUtf8 } from '../bytes.js'
import type { PeerId } from '../ids.js'

/** 20 bytes in Azureus style (BEP 20): SH, version 0.1.0, and the beginning of Shoal's own peer id. */
export const wirePeerIdOf = (peerId: PeerId): Uint8Array => encodeUtf8(`-SH0100-${peerId.slice(0, 12)}`)
