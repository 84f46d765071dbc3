import { METRICS_TYPE } from '../../../support/metricText.js'
import type { TrackerStats } from '../../stats.js'
import { json, problem, text, type Route } from '../route.js'

export interface Watched {
  readonly stats: () => Promise<TrackerStats>
  readonly renderMetrics: (stats: TrackerStats) => string
  /** Why no requests should be sent here, or undefined. */
  readonly unready: () => string | undefined
}

/** Milliseconds that a store may take to answer before the tracker counts as not ready. */
const STORE_TIME = 2_000

const late = (): Promise<'late'> =>
  new Promise((resolve) => setTimeout(() => resolve('late'), STORE_TIME).unref())

const reasonAgainst = async ({ stats, unready }: Watched): Promise<string | undefined> => {
  const reason = unready()
  if (reason !== undefined) return reason
  try {
    return (await Promise.race([stats(), late()])) === 'late' ? 'the store does not answer' : undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** What those ask who watch over a tracker. */
export const watchRoutes = (watched: Watched): readonly Route[] => [
  { method: 'GET', path: /^\/health$/, answer: () => text('ok') },
  {
    method: 'GET',
    path: /^\/ready$/,
    answer: async () => {
      const reason = await reasonAgainst(watched)
      return reason === undefined ? text('ready') : problem(503, 'Not ready', reason)
    },
  },
  { method: 'GET', path: /^\/stats$/, answer: async () => json(await watched.stats()) },
  {
    method: 'GET',
    path: /^\/metrics$/,
    answer: async () => ({
      status: 200,
      type: METRICS_TYPE,
      body: watched.renderMetrics(await watched.stats()),
    }),
  },
]
