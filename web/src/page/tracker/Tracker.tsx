import { useState } from 'preact/hooks'
import type { TrackerTorrent } from '../../../../src/api/contract.js'
import { tracker } from '../../api/tracker.js'
import { formatBytes, formatCount } from '../../format.js'
import { useAsked } from '../../live/useAsked.js'
import { Button } from '../../part/Button.js'
import { Copy } from '../../part/Copy.js'
import { Empty } from '../../part/Empty.js'
import { Failure } from '../../part/Failure.js'
import { Health } from '../../part/Health.js'
import { Icon } from '../../part/Icon.js'
import { Logo } from '../../part/Logo.js'
import { Name } from '../../part/Name.js'
import { Search, SEARCH_DELAY } from '../../part/Search.js'
import { ThemeSwitch } from '../../part/ThemeSwitch.js'
import { useDelayed } from '../../part/useDelayed.js'
import { VirtualTable, type Column } from '../../part/VirtualTable.js'
import { text } from '../../strings.js'
import { isNarrow } from '../../viewport.js'
import { visibleText } from '../../visible.js'
import { Figures } from './Figures.js'

const INTERVAL = 2_000
const PAGE = 200
const ROW = 48
const ROW_NARROW = 76

const COLUMNS: readonly Column[] = [
  { id: 'name', title: text.columns.name },
  { id: 'size', title: text.columns.size, isFigure: true },
  { id: 'health', title: text.columns.health },
  { id: 'seeders', title: text.columns.seeders, isFigure: true },
  { id: 'leechers', title: text.columns.leechers, isFigure: true },
  { id: 'actions', title: text.columns.actions, isHidden: true },
]

/** Only ever a magnet link: what else a tracker might name is not put into the page as an address. */
const magnetOf = ({ magnet }: TrackerTorrent): string | undefined =>
  magnet?.startsWith('magnet:?') ? magnet : undefined

const Row = ({ torrent }: { torrent: TrackerTorrent }) => {
  const { id, name, size, seeders, leechers } = torrent
  const magnet = magnetOf(torrent)
  return (
    <>
      <div role="cell" class="cell name">
        <span class="number">{id}</span>
        <Name>{name}</Name>
      </div>
      <div role="cell" class="cell figure size">
        {size === undefined ? '–' : formatBytes(size)}
      </div>
      <div role="cell" class="cell health">
        <Health copies={seeders} />
      </div>
      <div role="cell" class="cell figure seeders">
        {formatCount(seeders)}
      </div>
      <div role="cell" class="cell figure leechers">
        {formatCount(leechers)}
      </div>
      <div role="cell" class="cell actions">
        {magnet !== undefined && (
          <>
            <Copy value={magnet} label={text.action.of(text.action.magnet, visibleText(name))} />
            <a
              class="button plain"
              href={magnet}
              aria-label={text.action.of(text.tracker.magnet, visibleText(name))}
            >
              <Icon name="get" />
              {text.tracker.magnet}
            </a>
          </>
        )}
        {torrent.torrent !== undefined && (
          <a
            class="button plain"
            href={`torrents/${id}.torrent`}
            download
            aria-label={text.action.of(text.action.torrent, visibleText(name))}
          >
            <Icon name="file" />
            {text.tracker.torrent}
          </a>
        )}
      </div>
    </>
  )
}

/** A command that shares with this tracker; the port is the page's own. */
const shareCommand = (): string =>
  `npx shoal share FILE --tracker ${location.hostname}:${location.port || '80'}`

const List = () => {
  const [words, setWords] = useState('')
  const [limit, setLimit] = useState(PAGE)
  const query = useDelayed(words.trim(), SEARCH_DELAY)
  const { value, error, reload } = useAsked(
    () => tracker.torrents(query, 0, limit),
    `${limit} ${query}`,
    INTERVAL * 2,
  )
  const byId = new Map((value?.torrents ?? []).map((torrent) => [String(torrent.id), torrent]))
  return (
    <section class="tracker-list" aria-label={text.tracker.catalog}>
      <div class="toolbar">
        <h2>{text.tracker.catalog}</h2>
        <Search label={text.catalog.search} value={words} onChange={setWords} />
      </div>
      {!value && error && <Failure error={error} onRetry={reload} />}
      {value && byId.size === 0 && query !== '' && (
        <Empty icon="search" title={text.catalog.noMatch(query)} hint={text.catalog.noMatchHint} />
      )}
      {value && byId.size === 0 && query === '' && (
        <Empty icon="catalog" title={text.tracker.none} hint={text.tracker.noneHint}>
          <code>{shareCommand()}</code>
        </Empty>
      )}
      {byId.size > 0 && (
        <VirtualTable
          label={text.tracker.catalog}
          kind="tracker-torrents"
          columns={COLUMNS}
          keys={[...byId.keys()]}
          rowHeight={isNarrow.value ? ROW_NARROW : ROW}
          renderRow={(id) => {
            const torrent = byId.get(id)
            return torrent && <Row torrent={torrent} />
          }}
        />
      )}
      {value?.nextOffset !== undefined && limit === value.torrents.length && limit < PAGE && (
        <Button onClick={() => setLimit(limit + PAGE)}>{text.action.more}</Button>
      )}
    </section>
  )
}

/** The page of a tracker: how it does, and what it lists. */
export const Tracker = () => {
  const { value, error, reload } = useAsked(() => tracker.figures(), 'tracker', INTERVAL)
  return (
    <div class="tracker">
      <header class="topbar">
        <Logo />
        <h1>{text.tracker.title}</h1>
        <ThemeSwitch />
      </header>
      <main class="page list">
        {value && <Figures page={value} />}
        {!value && error && <Failure error={error} onRetry={reload} />}
        <List />
      </main>
    </div>
  )
}
