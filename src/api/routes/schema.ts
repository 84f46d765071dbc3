import { Type, type TSchema } from 'typebox'
import { Problem } from '../contract.js'

/** `:id` of a torrent: its key, the tracker's number, an info-hash, or at least 8 digits of one. */
export const TorrentParams = Type.Object({ id: Type.String() })

/** What OpenAPI says of a route and what it answers; every failure is a problem. */
export const answering = <Answer extends TSchema>(
  summary: string,
  answer: Answer,
  status: 200 | 201 = 200,
) => ({
  summary,
  response: { [status]: answer, '4xx': Problem, '5xx': Problem },
})

/** One page of `all`. */
export const pageOf = <Item>(all: readonly Item[], { offset, limit }: { offset: number; limit: number }) => {
  const items = all.slice(offset, offset + limit)
  const end = offset + items.length
  return { items, total: all.length, nextOffset: end < all.length && items.length > 0 ? end : undefined }
}
