import type { Features } from '../../protocol/wire/handshake.js'
import type { PeerSecurity } from '../security/peerSecurity.js'
import type { Torrent } from '../torrent/torrent.js'

/** What this peer says it can. */
export const ownFeatures = ({ description }: Torrent, { speaksTls }: PeerSecurity): Features => ({
  extension: true,
  fast: true,
  v2: description.infoHash !== undefined,
  dht: false,
  tls: speaksTls,
})
