import { useEffect, useRef } from 'preact/hooks'
import type { HistoryDocument } from '../../../../src/api/contract.js'
import { peer } from '../../api/peer.js'
import { useAsked } from '../../live/useAsked.js'
import { notifyError } from '../../part/toast.js'
import { text } from '../../strings.js'
import { isDark } from '../../theme.js'
import type { RateChart } from './chart.js'

const INTERVAL = 2_000

const labelOf = ({ interval, download, upload }: HistoryDocument): string =>
  text.torrent.chartLabel(
    download.at(-1) ?? 0,
    upload.at(-1) ?? 0,
    Math.max(1, Math.round((download.length * interval) / 60_000)),
  )

/** Rates over the last minutes. What draws them is loaded when it is first needed. */
export const Rates = ({ id }: { id: string }) => {
  const { value } = useAsked(() => peer.history(id), id, INTERVAL)
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<RateChart | undefined>(undefined)
  const dark = isDark()
  const latest = useRef(value)
  latest.current = value
  useEffect(() => {
    let isOver = false
    import('./chart.js')
      .then(({ drawRates }) => {
        if (isOver || !place.current) return
        chart.current = drawRates(place.current)
        if (latest.current) chart.current.show(latest.current)
      })
      .catch(notifyError)
    return () => {
      isOver = true
      chart.current?.remove()
      chart.current = undefined
    }
  }, [dark])
  useEffect(() => {
    if (value) chart.current?.show(value)
  }, [value])
  return (
    <section class="panel rates" aria-label={text.torrent.chart}>
      <h2>
        {text.torrent.chart}
        <span class="legend download">{text.columns.download}</span>
        <span class="legend upload">{text.columns.upload}</span>
      </h2>
      <div
        ref={place}
        class="chart"
        role="img"
        aria-label={value ? labelOf(value) : text.torrent.chartEmpty}
      />
    </section>
  )
}
