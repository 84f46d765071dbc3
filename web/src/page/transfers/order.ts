import { signal } from '@preact/signals'
import type { TransferDocument } from '../../../../src/api/contract.js'
import { toneOf } from '../../part/State.js'

export const FILTERS = ['all', 'downloading', 'seeding', 'paused', 'problems'] as const
export type Filter = (typeof FILTERS)[number]

export const SORTS = ['name', 'size', 'progress', 'state', 'download', 'upload', 'eta', 'peers'] as const
export type Sort = (typeof SORTS)[number]

/** What the list shows, and how: kept while the user looks at other pages. */
export const filter = signal<Filter>('all')
export const search = signal('')
export const order = signal<{ readonly by: Sort | 'added'; readonly isDescending: boolean }>({
  by: 'added',
  isDescending: true,
})

export const filterOf = (transfer: TransferDocument): Filter => {
  switch (toneOf(transfer)) {
    case 'bad':
      return 'problems'
    case 'good':
      return 'seeding'
    case 'calm':
      return 'paused'
    case 'busy':
      return 'downloading'
  }
}

const ratio = ({ done, size }: TransferDocument): number => (size === 0 ? 1 : done / size)

const VALUES: Record<Sort, (transfer: TransferDocument) => number | string> = {
  name: ({ name }) => name,
  size: ({ size }) => size,
  progress: ratio,
  state: filterOf,
  download: ({ downloadRate }) => downloadRate,
  upload: ({ uploadRate }) => uploadRate,
  eta: ({ eta }) => eta ?? Infinity,
  peers: ({ peers }) => peers,
}

const collator = new Intl.Collator('en', { numeric: true })

const compare = (one: number | string, other: number | string): number =>
  typeof one === 'string' ? collator.compare(one, String(other)) : one - Number(other)

/** The keys of those that fit, in the order asked for; of equals the latest first. */
export const arrange = (
  transfers: readonly TransferDocument[],
  wanted: { readonly filter: Filter; readonly search: string; readonly order: typeof order.value },
): readonly string[] => {
  const words = wanted.search.trim().toLowerCase()
  const fitting = transfers.filter(
    (transfer) =>
      (wanted.filter === 'all' || filterOf(transfer) === wanted.filter) &&
      (words === '' || transfer.name.toLowerCase().includes(words)),
  )
  const { by, isDescending } = wanted.order
  if (by === 'added') return keysOf(isDescending ? fitting.reverse() : fitting)
  const valueOf = VALUES[by]
  const valued = fitting.map((transfer) => ({ key: transfer.key, value: valueOf(transfer) }))
  valued.sort((one, other) => compare(one.value, other.value))
  return keysOf(isDescending ? valued.reverse() : valued)
}

const keysOf = (items: readonly { readonly key: string }[]): readonly string[] => items.map(({ key }) => key)
