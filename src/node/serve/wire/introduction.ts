import { extensionHandshakeMessage, ownExtensions } from '../../../protocol/wire/extension/registry.js'
import type { ExtendedMessage } from '../../../protocol/wire/message.js'
import { isPrivate, type Torrent } from '../../torrent/torrent.js'

export interface Self {
  /** Where this peer listens. */
  readonly port: number
  /** Requests that it takes at once. */
  readonly requestQueue: number
  /** Whether it wants nothing (BEP 21). */
  readonly uploadOnly: boolean
}

/** What this peer says of itself first (BEP 10). */
export const introduction = (torrent: Torrent, self: Self): ExtendedMessage => {
  const { infoBytes } = torrent.description.metainfo ?? {}
  return extensionHandshakeMessage({
    ...self,
    extensions: ownExtensions(isPrivate(torrent) ? ['ut_metadata'] : ['ut_metadata', 'ut_pex']),
    client: 'Shoal',
    ...(infoBytes && { metadataSize: infoBytes.length }),
  })
}
