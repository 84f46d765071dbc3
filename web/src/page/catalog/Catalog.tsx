import { useEffect, useState } from 'preact/hooks'
import type { CatalogEntry } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { formatCount } from '../../format.js'
import { useAsked } from '../../live/useAsked.js'
import { Button } from '../../part/Button.js'
import { Empty } from '../../part/Empty.js'
import { Failure } from '../../part/Failure.js'
import { Search, SEARCH_DELAY } from '../../part/Search.js'
import { useDelayed } from '../../part/useDelayed.js'
import { VirtualTable, type Column } from '../../part/VirtualTable.js'
import { text } from '../../strings.js'
import { isNarrow } from '../../viewport.js'
import { CatalogRow } from './CatalogRow.js'

/** Torrents asked for at once, and by how many more. */
const PAGE = 100
const MOST = 500

/** Milliseconds between two questions to the tracker. */
const INTERVAL = 4_000

const ROW = 48
const ROW_NARROW = 76

const COLUMNS: readonly Column[] = [
  { id: 'name', title: text.columns.name },
  { id: 'size', title: text.columns.size, isFigure: true },
  { id: 'health', title: text.columns.health },
  { id: 'seeders', title: text.columns.seeders, isFigure: true },
  { id: 'leechers', title: text.columns.leechers, isFigure: true },
  { id: 'rate', title: text.columns.rate, isFigure: true },
  { id: 'actions', title: text.columns.actions, isHidden: true },
]

interface ListProps {
  readonly torrents: readonly CatalogEntry[]
  readonly query: string
  readonly onGot: () => void
}

const List = ({ torrents, query, onGot }: ListProps) => {
  const byId = new Map(torrents.map((entry) => [String(entry.id), entry]))
  if (torrents.length === 0)
    return query === '' ? (
      <Empty icon="catalog" title={text.catalog.none} hint={text.catalog.noneHint} />
    ) : (
      <Empty icon="search" title={text.catalog.noMatch(query)} hint={text.catalog.noMatchHint} />
    )
  return (
    <VirtualTable
      label={text.catalog.title}
      kind="catalog"
      columns={COLUMNS}
      keys={[...byId.keys()]}
      rowHeight={isNarrow.value ? ROW_NARROW : ROW}
      renderRow={(id) => {
        const entry = byId.get(id)
        return entry && <CatalogRow entry={entry} onGot={onGot} />
      }}
    />
  )
}

/** What the tracker lists, to be fetched with one click. */
export const Catalog = () => {
  const [words, setWords] = useState('')
  const [limit, setLimit] = useState(PAGE)
  const query = useDelayed(words.trim(), SEARCH_DELAY)
  useEffect(() => setLimit(PAGE), [query])
  const { value, error, reload } = useAsked(
    () => peer.catalog(query, 0, limit),
    `${limit} ${query}`,
    INTERVAL,
  )
  return (
    <section class="page list" aria-label={text.catalog.title}>
      <header>
        <h1>{text.catalog.title}</h1>
        <Search label={text.catalog.search} value={words} onChange={setWords} />
        {value && <span class="muted count">{text.catalog.count(value.total)}</span>}
      </header>
      {value ? (
        <List torrents={value.torrents} query={query} onGot={() => void reload()} />
      ) : error ? (
        <Failure error={error} onRetry={reload} />
      ) : (
        <Empty icon="catalog" title={text.catalog.loading} />
      )}
      {value?.nextOffset !== undefined && limit < MOST && (
        <Button onClick={() => setLimit(Math.min(MOST, limit + PAGE))}>
          {text.action.more} ({formatCount(value.total - value.torrents.length)})
        </Button>
      )}
    </section>
  )
}
