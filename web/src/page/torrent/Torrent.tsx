import type { ComponentChildren } from 'preact'
import type { TransferDetails } from '../../../../src/api/contract.js'
import { address, peer } from '../../api/peer.js'
import { formatBytes, formatDuration, formatPercent, formatRate } from '../../format.js'
import { findTransfer, isLoaded } from '../../live/transfers.js'
import { useAsked } from '../../live/useAsked.js'
import { Bar } from '../../part/Bar.js'
import { Button } from '../../part/Button.js'
import { Copy } from '../../part/Copy.js'
import { Empty } from '../../part/Empty.js'
import { Icon } from '../../part/Icon.js'
import { Name } from '../../part/Name.js'
import { PauseButton, RemoveButton } from '../../part/actions.js'
import { State, toneOf } from '../../part/State.js'
import { linkTo } from '../../route.js'
import { text } from '../../strings.js'
import { visibleText } from '../../visible.js'
import { Files } from './Files.js'
import { Overview } from './Overview.js'
import { Peers } from './Peers.js'
import { Pieces } from './Pieces.js'
import { Trackers } from './Trackers.js'

const TABS = ['overview', 'files', 'pieces', 'peers', 'trackers'] as const
type Tab = (typeof TABS)[number]

/** Milliseconds: what does not change from second to second. */
const INTERVAL = 3_000

const VIEWS: Record<
  Tab,
  (props: { details: TransferDetails; reload: () => Promise<void> }) => ComponentChildren
> = {
  overview: ({ details, reload }) => <Overview details={details} reload={reload} />,
  files: ({ details }) => <Files details={details} />,
  pieces: ({ details }) => <Pieces id={details.key} />,
  peers: ({ details }) => <Peers details={details} />,
  trackers: ({ details }) => <Trackers id={details.key} />,
}

const Tabs = ({ id, tab }: { id: string; tab: Tab }) => (
  <nav class="tabs" aria-label={text.torrent.tabsLabel}>
    {TABS.map((name) => (
      <a key={name} href={linkTo('torrents', id, name)} aria-current={name === tab ? 'page' : undefined}>
        {text.torrent.tabs[name]}
      </a>
    ))}
  </nav>
)

const Actions = ({ details }: { details: TransferDetails }) => {
  const { key, magnet, hasMetainfo, state, done, size } = details
  const isWhole = size > 0 && done >= size && state !== 'hashing'
  return (
    <div class="buttons">
      <PauseButton transfer={details} isWide />
      <Button
        icon="recheck"
        isDisabled={state === 'hashing' || state === 'finding'}
        onClick={() => peer.act(key, 'recheck')}
      >
        {text.action.recheck}
      </Button>
      {state !== 'stopped' && state !== 'finding' && (
        <Button icon="stop" onClick={() => peer.act(key, 'stop')}>
          {text.action.stop}
        </Button>
      )}
      {isWhole && details.isFolder && (
        <a class="button plain" href={address.zip(key)} download>
          <Icon name="get" />
          {text.action.zip}
        </a>
      )}
      {hasMetainfo && (
        <a class="button plain" href={address.metainfo(key)} download>
          <Icon name="file" />
          {text.action.torrent}
        </a>
      )}
      {magnet !== undefined && <Copy value={magnet} label={text.action.magnet} isWide />}
      <RemoveButton transfer={details} isWide />
    </div>
  )
}

const Progress = ({ details }: { details: TransferDetails }) => {
  const { done, size, downloadRate, uploadRate, eta, error } = details
  return (
    <>
      <div class="summary">
        <State transfer={details} />
        <span>
          <b>{formatPercent(done, size > 0 ? size : 1)}</b>
          {size > 0 && ` · ${text.torrent.of(formatBytes(done), formatBytes(size))}`}
        </span>
        <span class="speed">
          <Icon name="down" /> {formatRate(downloadRate)}
        </span>
        <span class="speed">
          <Icon name="up" /> {formatRate(uploadRate)}
        </span>
        {eta !== undefined && (
          <span>
            {text.columns.eta}: {formatDuration(eta)}
          </span>
        )}
      </div>
      <Bar done={done} size={size > 0 ? size : 1} tone={toneOf(details)} />
      {error && (
        <p class="notice bad" role="alert">
          {visibleText(error.detail)} <span>{visibleText(error.remedy)}</span>
        </p>
      )}
    </>
  )
}

/** One torrent, in parts. */
export const Torrent = ({ id, part = 'overview' }: { id: string; part?: string | undefined }) => {
  const live = findTransfer(id)
  const asked = useAsked(() => peer.details(live?.key ?? id), live?.key ?? id, INTERVAL)
  const tab = TABS.find((name) => name === part) ?? 'overview'
  const details = asked.value && live ? { ...asked.value, ...live } : asked.value
  const isMissing = isLoaded.value && !live && !details && asked.error !== undefined
  return (
    <section class="page torrent" aria-label={live?.name ? visibleText(live.name) : text.shell.starting}>
      <a class="back" href={linkTo('transfers')}>
        <Icon name="back" />
        {text.action.back}
      </a>
      {isMissing && <Empty icon="transfers" title={text.torrent.missing} hint={text.torrent.missingHint} />}
      {details && (
        <>
          <header>
            <h1>
              <Name>{details.name}</Name>
            </h1>
            <Progress details={details} />
            <Actions details={details} />
          </header>
          <Tabs id={id} tab={tab} />
          {VIEWS[tab]({ details, reload: asked.reload })}
        </>
      )}
    </section>
  )
}
