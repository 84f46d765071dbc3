import { formatBytes, formatDuration, formatRate } from '../../src/support/units.js'

export { formatBytes, formatDuration, formatRate }

const whole = new Intl.NumberFormat('en')
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

export const formatCount = (count: number): string => whole.format(count)

export const formatDecimal = (amount: number): string => oneDigit.format(amount)

/** Share of a whole, in percent; 100 only for all of it. */
export const percent = (done: number, size: number): number => {
  if (size === 0 || done >= size) return 100
  return Math.min(99.9, Math.floor((done / size) * 1000) / 10)
}

export const formatPercent = (done: number, size: number): string =>
  `${oneDigit.format(percent(done, size))} %`

const time = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** A moment in milliseconds since 1970. */
export const formatMoment = (moment: number): string => time.format(moment)
