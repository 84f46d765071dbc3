import { peer } from '../../api/peer.js'
import { formatCount, formatDuration } from '../../format.js'
import { useAsked } from '../../live/useAsked.js'
import { Empty } from '../../part/Empty.js'
import { Failure } from '../../part/Failure.js'
import { text } from '../../strings.js'
import { visibleText } from '../../visible.js'

const INTERVAL = 2_000

const wordOf = (state: string): string =>
  (text.trackers.state as Readonly<Record<string, string>>)[state] ?? state

const count = (known: number | undefined): string => (known === undefined ? '–' : formatCount(known))

/** Who names peers of it, and what they said. */
export const Trackers = ({ id }: { id: string }) => {
  const { value, error, reload } = useAsked(() => peer.trackers(id), id, INTERVAL)
  if (!value) return error ? <Failure error={error} onRetry={reload} /> : null
  if (value.trackers.length === 0)
    return <Empty icon="tracker" title={text.trackers.none} hint={text.trackers.noneHint} />
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={text.torrent.tabs.trackers}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.columns.tracker}</th>
            <th scope="col">{text.columns.state}</th>
            <th scope="col" class="figure">
              {text.columns.seeders}
            </th>
            <th scope="col" class="figure">
              {text.columns.leechers}
            </th>
            <th scope="col" class="figure">
              {text.columns.next}
            </th>
          </tr>
        </thead>
        <tbody>
          {value.trackers.map(({ kind, name, state, error: reason, seeders, leechers, nextIn }) => (
            <tr key={`${kind} ${name}`}>
              <th scope="row">
                <code>{visibleText(name)}</code>
                <span class="muted">{text.trackers.kind[kind]}</span>
              </th>
              <td class="wrap">
                <span class={`badge ${state === 'failing' ? 'bad' : state === 'working' ? 'good' : 'calm'}`}>
                  {wordOf(state)}
                </span>
                {reason !== undefined && <span class="muted"> {visibleText(reason)}</span>}
              </td>
              <td class="figure">{count(seeders)}</td>
              <td class="figure">{count(leechers)}</td>
              <td class="figure">{nextIn === undefined ? '–' : text.trackers.in(formatDuration(nextIn))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
