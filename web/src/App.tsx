import { begin, program } from './live/program.js'
import { Catalog } from './page/catalog/Catalog.js'
import { Login } from './page/login/Login.js'
import { Settings } from './page/settings/Settings.js'
import { Torrent } from './page/torrent/Torrent.js'
import { Tracker } from './page/tracker/Tracker.js'
import { Transfers } from './page/transfers/Transfers.js'
import { Button } from './part/Button.js'
import { Empty } from './part/Empty.js'
import { Toasts } from './part/Toasts.js'
import { route } from './route.js'
import { Shell } from './Shell.js'
import { text } from './strings.js'

const PeerPage = () => {
  const [page = 'transfers', id, part] = route.value
  switch (page) {
    case 'transfers':
      return <Transfers />
    case 'catalog':
      return <Catalog />
    case 'settings':
      return <Settings />
    case 'torrents':
      if (id !== undefined) return <Torrent key={id} id={id} part={part} />
      break
  }
  return <Empty icon="search" title={text.shell.notFound} />
}

const Content = () => {
  switch (program.value) {
    case 'peer':
      return (
        <Shell>
          <PeerPage />
        </Shell>
      )
    case 'login':
      return <Login />
    case 'tracker':
      return <Tracker />
    case 'starting':
      return <p class="starting">{text.shell.starting}</p>
    case 'unreachable':
      return (
        <main class="login">
          <Empty icon="warn" title={text.shell.unreachable} hint={text.shell.unreachableHint}>
            <Button kind="primary" icon="recheck" onClick={begin}>
              {text.action.retry}
            </Button>
          </Empty>
        </main>
      )
  }
}

/** The whole page: what stands in it depends on what has served it. */
export const App = () => (
  <>
    <Content />
    <Toasts />
  </>
)
