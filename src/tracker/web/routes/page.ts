import type { WebPages } from '../../../support/webPages.js'
import type { RequestCount } from '../../metrics.js'
import type { TrackerStats } from '../../stats.js'
import { json, problem, type Route } from '../route.js'

export interface TrackerPageOptions {
  readonly stats: () => Promise<TrackerStats>
  /** By what they came by and what became of them. */
  readonly requests: () => readonly RequestCount[]
  readonly pages: WebPages
  /** Of Shoal. */
  readonly version: string
  readonly maxMemory: number | undefined
}

/** What a page is told; it holds no names and no addresses. */
const UNCACHED = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

const documentOf = async ({ stats, requests, version, maxMemory }: TrackerPageOptions) => {
  const { torrents, listed, peers, registrations, swarms, swarmPeers, ...rest } = await stats()
  const { webSocketPeers, connections, delay, isOverloaded, isMemoryFull } = rest
  return {
    version,
    startedAt: Math.round(Date.now() - process.uptime() * 1000),
    ...{ torrents, listed, peers, registrations, swarms, swarmPeers, webSocketPeers, connections },
    requests: requests(),
    memory: process.memoryUsage.rss(),
    maxMemory,
    delay,
    isOverloaded,
    isMemoryFull,
  }
}

/** The web page, and what it shows of a tracker. To be the last of the routes: whatever else there is comes before. */
export const pageRoutes = (options: TrackerPageOptions): readonly Route[] => [
  {
    method: 'GET',
    path: /^\/api\/tracker$/,
    answer: async () => ({ ...json(await documentOf(options)), headers: UNCACHED }),
  },
  {
    method: 'GET',
    path: /^\/(?!api(?:\/|$))/,
    answer: ({ path, headers }) => {
      const answer = options.pages.answer(path, headers)
      if (answer === undefined) return problem(404, 'There is nothing here')
      const { 'content-type': type = 'text/plain; charset=utf-8', ...rest } = answer.headers
      return { status: answer.status, type, body: answer.body, headers: rest }
    },
  },
]
