import { computed } from '@preact/signals'
import type { TransferDocument } from '../../../../src/api/contract.js'
import { isLoaded, keys, tick, transferOf } from '../../live/transfers.js'
import { Choices } from '../../part/Choices.js'
import { Empty } from '../../part/Empty.js'
import { Search } from '../../part/Search.js'
import { VirtualTable, type Column } from '../../part/VirtualTable.js'
import { text } from '../../strings.js'
import { isNarrow } from '../../viewport.js'
import { arrange, filter, filterOf, FILTERS, order, search, SORTS, type Filter, type Sort } from './order.js'
import { TransferRow } from './TransferRow.js'

const ROW = 52
const ROW_NARROW = 84

const FIGURES: ReadonlySet<string> = new Set(['size', 'progress', 'download', 'upload', 'eta', 'peers'])

/** As they are now; followed by `tick` and not one by one. */
const all = computed<readonly TransferDocument[]>(() => {
  void tick.value
  return keys.value.flatMap((key) => transferOf(key)?.peek() ?? [])
})

const shown = computed(() =>
  arrange(all.value, { filter: filter.value, search: search.value, order: order.value }),
)

const counts = computed(() => {
  const found: Record<Filter, number> = { all: 0, downloading: 0, seeding: 0, paused: 0, problems: 0 }
  for (const transfer of all.value) found[filterOf(transfer)]++
  return { ...found, all: all.value.length }
})

const sortOf = (id: Sort): Column['sort'] => {
  const { by, isDescending } = order.value
  if (by !== id) return 'none'
  return isDescending ? 'descending' : 'ascending'
}

const sortBy = (by: string): void => {
  const known = order.value
  // Figures are looked at from the largest down, names from the first on.
  const isDescending = known.by === by ? !known.isDescending : FIGURES.has(by) && by !== 'eta'
  order.value = { by: by as Sort, isDescending }
}

const columns = (): readonly Column[] => [
  ...SORTS.map((id) => ({ id, title: text.columns[id], isFigure: FIGURES.has(id), sort: sortOf(id) })),
  { id: 'actions', title: text.columns.actions, isHidden: true },
]

const Nothing = () => {
  if (!isLoaded.value) return <Empty icon="transfers" title={text.transfers.loading} />
  return keys.value.length === 0 ? (
    <Empty icon="transfers" title={text.transfers.none} hint={text.transfers.noneHint} />
  ) : (
    <Empty icon="search" title={text.transfers.noMatch} hint={text.transfers.noMatchHint} />
  )
}

/** Everything that is shared or fetched. */
export const Transfers = () => (
  <section class="page list" aria-label={text.transfers.title}>
    <header>
      <h1>{text.transfers.title}</h1>
      <Search
        label={text.transfers.search}
        value={search.value}
        onChange={(value) => {
          search.value = value
        }}
      />
      <Choices
        label={text.transfers.filter}
        value={filter.value}
        choices={FILTERS.map((id) => ({ id, title: text.transfers[id], count: counts.value[id] }))}
        onChange={(id) => {
          filter.value = id
        }}
      />
    </header>
    {shown.value.length === 0 ? (
      <Nothing />
    ) : (
      <VirtualTable
        label={text.transfers.title}
        kind="transfers"
        columns={columns()}
        keys={shown.value}
        rowHeight={isNarrow.value ? ROW_NARROW : ROW}
        renderRow={(key) => <TransferRow id={key} />}
        onSort={sortBy}
      />
    )}
  </section>
)
