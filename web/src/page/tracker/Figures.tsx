import { useRef } from 'preact/hooks'
import type { TrackerPage } from '../../../../src/api/contract.js'
import { formatBytes, formatCount, formatDecimal, formatDuration } from '../../format.js'
import { text } from '../../strings.js'

interface Sample {
  readonly at: number
  readonly answered: number
  readonly refused: number
}

const sampleOf = ({ requests }: TrackerPage): Sample => {
  const sum = (isMeant: (result: string) => boolean): number =>
    requests.filter(({ result }) => isMeant(result)).reduce((all, { count }) => all + count, 0)
  return {
    at: performance.now(),
    answered: sum((result) => result === 'answered'),
    refused: sum((result) => result !== 'answered'),
  }
}

/** Requests a second between the last two answers; undefined before there are two. */
const useRates = (page: TrackerPage): { answered: number; refused: number } | undefined => {
  const known = useRef<{ page: TrackerPage; last: Sample; before?: Sample } | undefined>(undefined)
  if (known.current?.page !== page) {
    const before = known.current?.last
    known.current = { page, last: sampleOf(page), ...(before && { before }) }
  }
  const { last, before } = known.current
  if (!before) return undefined
  const seconds = Math.max(0.001, (last.at - before.at) / 1000)
  return {
    answered: (last.answered - before.answered) / seconds,
    refused: (last.refused - before.refused) / seconds,
  }
}

const Figure = ({ title, value, note }: { title: string; value: string; note?: string | undefined }) => (
  <div class="figure-card">
    <dt>{title}</dt>
    <dd>
      {value}
      {note !== undefined && <span class="muted"> {note}</span>}
    </dd>
  </div>
)

/** How the tracker does. */
export const Figures = ({ page }: { page: TrackerPage }) => {
  const rates = useRates(page)
  const perSecond = (count: number | undefined): string =>
    count === undefined ? text.tracker.measuring : formatDecimal(count)
  const most = page.maxMemory
  return (
    <>
      <dl class="figures">
        <Figure
          title={text.tracker.torrents}
          value={formatCount(page.listed)}
          note={text.tracker.torrentsAll(page.torrents)}
        />
        <Figure title={text.tracker.peers} value={formatCount(page.peers + page.swarmPeers)} />
        <Figure title={text.tracker.swarms} value={formatCount(page.swarms)} />
        <Figure title={text.tracker.announces} value={perSecond(rates?.answered)} />
        <Figure title={text.tracker.refused} value={perSecond(rates?.refused)} />
        <Figure
          title={text.tracker.memory}
          value={formatBytes(page.memory)}
          note={most === undefined ? undefined : text.tracker.of(formatBytes(most))}
        />
        <Figure title={text.tracker.connections} value={formatCount(page.connections)} />
        <Figure title={text.tracker.delay} value={text.tracker.milliseconds(page.delay)} />
      </dl>
      {page.isOverloaded && <p class="notice bad">{text.tracker.overloaded}</p>}
      {page.isMemoryFull && <p class="notice bad">{text.tracker.memoryFull}</p>}
      <p class="muted">{text.tracker.up(formatDuration((Date.now() - page.startedAt) / 1000))}</p>
    </>
  )
}
