import { signal } from '@preact/signals'
import type { Events, TorrentsEvent, TransferDocument } from '../../../src/api/contract.js'
import { peer, TRANSFERS_PAGE } from '../api/peer.js'
import { ApiError } from '../api/request.js'
import { applyChange, replaceAll, totals } from './transfers.js'

export type Connection = 'connecting' | 'live' | 'gone'

export const connection = signal<Connection>('connecting')

/** Milliseconds until a stream that the browser has given up is opened anew. */
const AGAIN = 1_500

/** What came while the list was being read: it may be newer than that, and is applied after it. */
let waiting: TorrentsEvent[] | undefined

const readAll = async (): Promise<readonly TransferDocument[]> => {
  const first = await peer.transfers(0)
  const offsets: number[] = []
  for (let offset = TRANSFERS_PAGE; offset < first.total; offset += TRANSFERS_PAGE) offsets.push(offset)
  const others = await Promise.all(offsets.map((offset) => peer.transfers(offset)))
  return [first, ...others].flatMap(({ torrents }) => torrents)
}

const load = async (): Promise<void> => {
  const later: TorrentsEvent[] = []
  waiting = later
  try {
    replaceAll(await readAll())
  } finally {
    if (waiting === later) waiting = undefined
  }
  later.forEach(applyChange)
}

const receive = (event: TorrentsEvent): void => {
  if (waiting) waiting.push(event)
  else applyChange(event)
}

const on = <Kind extends keyof Events>(
  source: EventSource,
  kind: Kind,
  take: (data: Events[Kind]) => void,
): void =>
  source.addEventListener(kind, (event: MessageEvent<string>) => take(JSON.parse(event.data) as Events[Kind]))

/** Follows the peer for as long as the page is open; `onUnauthorized` when it wants a login. */
export const follow = (onUnauthorized: () => void): void => {
  const source = new EventSource('api/events')
  const reload = (): void => void load().catch(() => undefined)
  let isFirst = true
  source.addEventListener('open', () => {
    connection.value = 'live'
    if (isFirst) reload()
    isFirst = false
  })
  source.addEventListener('error', () => {
    connection.value = 'gone'
    // Refused by an answer, the browser does not try again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => void reopen(onUnauthorized), AGAIN)
  })
  on(source, 'torrents', receive)
  on(source, 'totals', (value) => (totals.value = value))
  on(source, 'reset', reload)
}

const reopen = async (onUnauthorized: () => void): Promise<void> => {
  try {
    await peer.session()
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return onUnauthorized()
  }
  follow(onUnauthorized)
}
