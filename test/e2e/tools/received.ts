import type { Event } from './program.js'

/** Verified bytes of a 'complete' event, of all peers or of the one at `port`. */
export const sumFrom = (complete: Event, port?: number): number => {
  const peers = complete.peers as { readonly port: number; readonly downloaded: number }[]
  const meant = port === undefined ? peers : peers.filter((peer) => peer.port === port)
  return meant.reduce((sum, peer) => sum + peer.downloaded, 0)
}
