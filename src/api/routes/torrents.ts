import type { PeersDocument, StopDocument } from '../contract.js'
import { nameDocument, peersDocument } from '../document.js'
import { findTransfer } from '../findTransfer.js'
import type { Route } from './route.js'

export const getPeers: Route = {
  method: 'GET',
  url: '/api/torrents/:id/peers',
  answer: ({ transfers }, id): PeersDocument => peersDocument(findTransfer(transfers, id).status),
}

/** To stop what is stopped already is no error: the answer's `was` says so. */
export const stopTorrent: Route = {
  method: 'POST',
  url: '/api/torrents/:id/stop',
  answer: async ({ transfers }, id): Promise<StopDocument> => {
    const transfer = findTransfer(transfers, id)
    const was = transfer.status.state
    await transfer.stop()
    return { ...nameDocument(transfer.status), was }
  },
}
