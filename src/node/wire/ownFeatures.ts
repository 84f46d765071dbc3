import type { Features } from '../../protocol/wire/handshake.js'
import type { Torrent } from '../torrent/torrent.js'

/** What this peer says it can. */
export const ownFeatures = ({ description }: Torrent): Features => ({
  extension: true,
  fast: true,
  v2: description.infoHash !== undefined,
  dht: false,
})
