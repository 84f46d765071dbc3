import type { ComponentChildren } from 'preact'
import { formatCount, formatRate } from './format.js'
import { connection } from './live/connection.js'
import { totals } from './live/transfers.js'
import { AddDialog, isAdding } from './page/add/Add.js'
import { DropOverlay } from './page/add/DropOverlay.js'
import { Uploads } from './page/add/Uploads.js'
import { RemoveDialog } from './part/actions.js'
import { Button } from './part/Button.js'
import { Icon, type IconName } from './part/Icon.js'
import { Logo } from './part/Logo.js'
import { ThemeSwitch } from './part/ThemeSwitch.js'
import { goTo, linkTo, route } from './route.js'
import { text } from './strings.js'

const PAGES: readonly { id: string; title: string; icon: IconName }[] = [
  { id: 'transfers', title: text.shell.torrents, icon: 'transfers' },
  { id: 'catalog', title: text.shell.catalog, icon: 'catalog' },
  { id: 'settings', title: text.shell.settings, icon: 'settings' },
]

const isWithin = (id: string, [page = 'transfers']: readonly string[]): boolean =>
  page === id || (id === 'transfers' && page === 'torrents')

const Navigation = () => (
  <nav class="pages" aria-label={text.shell.pages}>
    {PAGES.map(({ id, title, icon }) => (
      <a key={id} href={linkTo(id)} aria-current={isWithin(id, route.value) ? 'page' : undefined}>
        <Icon name={icon} />
        <span>{title}</span>
        {id === 'transfers' && totals.value && (
          <span class="count">{formatCount(totals.value.transfers)}</span>
        )}
      </a>
    ))}
  </nav>
)

const Rates = () => (
  <div class="rates" role="group" aria-label={text.shell.rates}>
    <span class="speed" title={text.columns.download}>
      <Icon name="down" />
      <span class="unseen">{text.columns.download}</span> {formatRate(totals.value?.downloadRate ?? 0)}
    </span>
    <span class="speed" title={text.columns.upload}>
      <Icon name="up" />
      <span class="unseen">{text.columns.upload}</span> {formatRate(totals.value?.uploadRate ?? 0)}
    </span>
  </div>
)

const Gone = () => (
  <p class="gone" role="alert">
    <Icon name="warn" />
    <span>
      <b>{text.shell.gone}</b> {text.shell.goneHint}
    </span>
  </p>
)

/** What stands around every page of a peer. */
export const Shell = ({ children }: { children: ComponentChildren }) => (
  <div class="shell">
    <a class="skip" href="#content" onClick={skip}>
      {text.shell.skip}
    </a>
    <header class="side">
      <a class="brand" href={linkTo('transfers')}>
        <Logo />
        <span>{text.brand}</span>
      </a>
      <Button
        kind="primary"
        icon="add"
        onClick={() => {
          isAdding.value = true
        }}
      >
        {text.shell.add}
      </Button>
      <Navigation />
      <div class="foot">
        <Rates />
        <ThemeSwitch />
      </div>
    </header>
    <main id="content" tabIndex={-1}>
      {connection.value === 'gone' && <Gone />}
      {children}
    </main>
    {isAdding.value && <AddDialog />}
    <RemoveDialog onRemoved={() => route.value[0] === 'torrents' && goTo('transfers')} />
    <DropOverlay />
    <Uploads />
  </div>
)

/** The fragment of the address says which page; so the focus goes there without it. */
const skip = (event: Event): void => {
  event.preventDefault()
  document.getElementById('content')?.focus()
}
