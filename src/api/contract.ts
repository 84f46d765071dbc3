/**
 * What the HTTP API of a running peer takes and answers, as JSON, and what a tracker tells its page. Sizes are bytes,
 * rates bytes a second, `eta` seconds, moments milliseconds since 1970; what is not known is left out.
 * Each document is a schema of TypeBox, from which come its type, the check of what was sent, and the OpenAPI document.
 * A browser imports the types alone.
 */
export * from './contract/common.js'
export * from './contract/transfer.js'
export * from './contract/inside.js'
export * from './contract/status.js'
export * from './contract/adding.js'
export * from './contract/event.js'
export * from './contract/tracker.js'

/** Bounds of lists that have no pages: with names and paths of a few hundred bytes an answer stays under half a megabyte. */
export const MAX_TRANSFERS = 500
export const MAX_PEERS = 500
