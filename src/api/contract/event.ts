import { Type, type Static } from 'typebox'
import type { Totals } from './status.js'
import { TransferChange, TransferDocument } from './transfer.js'

/**
 * GET /api/events: server-sent events, at most four a second of each kind. Each has an id; a browser that connects again
 * sends the last (Last-Event-ID) and gets what changed since. The values are absolute, so none needs those before.
 *
 * - `reset`: what was known is too old; read GET /api/torrents anew.
 * - `torrents`: TorrentsEvent. The first after connecting without Last-Event-ID says nothing of what was there before.
 * - `totals`: Totals.
 */
export const TorrentsEvent = Type.Object({
  added: Type.Array(TransferDocument, { description: 'new, or with another name, id or path' }),
  changed: Type.Array(TransferChange),
  removed: Type.Array(Type.String(), { description: 'keys' }),
})
/** What changed of the transfers. */
export type TorrentsEvent = Static<typeof TorrentsEvent>

/** What each kind of event carries, as JSON. */
export interface Events {
  readonly reset: Record<string, never>
  readonly torrents: TorrentsEvent
  readonly totals: Totals
}
