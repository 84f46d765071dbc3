import type { TrackerPage, TrackerTorrents } from '../../../src/api/contract.js'
import { ask } from './request.js'

/** What the page asks of a tracker. Each throws ApiError. */
export const tracker = {
  figures: () => ask<TrackerPage>('api/tracker'),
  torrents: (query: string, offset: number, limit: number) =>
    ask<TrackerTorrents>(
      `torrents?${new URLSearchParams({ query, offset: String(offset), limit: String(limit) }).toString()}`,
    ),
}
