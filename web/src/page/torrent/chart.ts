import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { HistoryDocument } from '../../../../src/api/contract.js'
import { formatRate } from '../../format.js'

export interface RateChart {
  show(history: HistoryDocument): void
  remove(): void
}

const HEIGHT = 200

/** Bytes a second below which the scale does not go, so that a trickle does not look like a flood. */
const LEAST_SCALE = 10 * 1024

/** Steps between the lines of the scale: powers of two, as the units are. */
const STEPS = Array.from({ length: 40 }, (_, power) => 2 ** power)

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

const color = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

const font = (): string => `11px ${getComputedStyle(document.body).fontFamily}`

const axis = (): Partial<uPlot.Axis> => ({
  stroke: color('--muted'),
  font: font(),
  grid: { stroke: color('--line'), width: 1 },
  ticks: { show: false },
})

const series = (name: string): uPlot.Series => ({
  label: name,
  stroke: color(`--${name}`),
  fill: color(`--${name}-soft`),
  width: 1.5,
  points: { show: false },
})

const optionsOf = (width: number): uPlot.Options => ({
  width,
  height: HEIGHT,
  legend: { show: false },
  cursor: { show: false },
  scales: { y: { range: (_chart, _least, most) => [0, Math.max(LEAST_SCALE, most * 1.1)] } },
  series: [{}, series('download'), series('upload')],
  axes: [
    {
      ...axis(),
      size: 24,
      space: 90,
      values: (_chart, ticks) => ticks.map((tick) => clock.format(tick * 1000)),
    },
    {
      ...axis(),
      size: 84,
      incrs: STEPS,
      values: (_chart, ticks) => ticks.map((tick) => (tick === 0 ? '0' : formatRate(tick))),
    },
  ],
})

/** The last value is of now. */
const dataOf = ({ interval, download, upload }: HistoryDocument): uPlot.AlignedData => {
  const now = Date.now()
  const times = download.map((_, index) => (now - (download.length - 1 - index) * interval) / 1000)
  return [times, download, upload]
}

/** Draws rates into `place`, as wide as that is. */
export const drawRates = (place: HTMLElement): RateChart => {
  const chart = new uPlot(optionsOf(place.clientWidth), [[], [], []], place)
  const observer = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: HEIGHT }))
  observer.observe(place)
  return {
    show: (history) => chart.setData(dataOf(history)),
    remove: () => {
      observer.disconnect()
      chart.destroy()
    },
  }
}
