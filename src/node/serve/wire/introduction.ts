import { extensionHandshakeMessage, ownExtensions } from '../../../protocol/wire/extension/registry.js'
import { EXTENSION_NAMES } from '../../../protocol/wire/extension/name.js'
import type { ExtendedMessage } from '../../../protocol/wire/message.js'
import { isPrivate, type Torrent } from '../../torrent/torrent.js'

export interface Self {
  /** Where the other side is, as it is seen from here. */
  readonly yourAddress: string
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
    extensions: ownExtensions(
      isPrivate(torrent) ? EXTENSION_NAMES.filter((name) => name !== 'ut_pex') : EXTENSION_NAMES,
    ),
    client: 'Shoal',
    ...(infoBytes && { metadataSize: infoBytes.length }),
  })
}
