/** What Shoal can do already. Each turns on the tests that need it, with every client; it goes once all are true. */

/** Fetching from BitTorrent clients over their own wire, where `--peer` names them. */
export const FETCHES_BY_WIRE: boolean = true

/** Seeding and fetching torrents that have no v2 part. */
export const V1_ONLY: boolean = true

/** Announcing to the trackers that a torrent names. */
export const ANNOUNCES: boolean = true

/** Answering the obfuscated handshake (MSE), which webtorrent insists on. */
export const ACCEPTS_MSE: boolean = true
