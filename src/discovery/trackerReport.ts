/**
 * 'waiting': not asked yet. 'working': it answered the last time. 'failing': it did not, or refused.
 * 'unused': another of its tier answers (BEP 12).
 */
export type TrackerState = 'waiting' | 'asking' | 'working' | 'failing' | 'unused'

/** One tracker of a torrent, as it stands. */
export interface TrackerReport {
  /** The announce URL, whose path may hold a secret of its user. */
  readonly url: string
  readonly state: TrackerState
  /** Why it fails, fit to be shown. */
  readonly error: string | undefined
  /** As it counted the last time. */
  readonly seeders: number | undefined
  readonly leechers: number | undefined
  /** When it is asked again, in milliseconds of the announcer's clock; undefined: not before something happens. */
  readonly nextAt: number | undefined
}

/** How good the news is of the same tracker under one info-hash and another. */
const RANK: Readonly<Record<TrackerState, number>> = {
  working: 4,
  asking: 3,
  failing: 2,
  waiting: 1,
  unused: 0,
}

const most = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)

/** What is known of one tracker under both info-hashes of a hybrid torrent: peers of both count once. */
export const mergeReports = (one: TrackerReport, other: TrackerReport): TrackerReport => ({
  ...(RANK[other.state] > RANK[one.state] ? other : one),
  seeders: most(one.seeders, other.seeders),
  leechers: most(one.leechers, other.leechers),
})
