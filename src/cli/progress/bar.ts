import { formatBytes, formatDuration, formatRate } from '../../support/units.js'
import { displayWidth, fit, plural, safeName } from '../text.js'
import type { Shown } from './shown.js'

const FULL = '█'
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const
const TRACK = '░'

/** Columns: a name is never shown with fewer, a bar never drawn with fewer. */
const NAME_LEAST = 8
const NAME_MOST = 32
const BAR_LEAST = 8
const BAR_MOST = 30

/** 0 to 1; an empty file is complete. */
const fraction = ({ done, size }: Pick<Shown, 'done' | 'size'>): number =>
  size === 0 ? 1 : Math.min(1, Math.max(0, done / size))

/** Rounded down: 100 % is said only of what is complete. */
export const percent = (status: Pick<Shown, 'done' | 'size'>): string =>
  `${(Math.floor(fraction(status) * 1000) / 10).toFixed(1)} %`

/** A bar of `width` columns filled to `part`. */
export const bar = (part: number, width: number): string => {
  const eighths = Math.floor(part * width * 8)
  const full = Math.floor(eighths / 8)
  const filled = FULL.repeat(full) + (PARTS[eighths % 8] ?? '')
  return filled + TRACK.repeat(width - filled.length)
}

/** What stands behind the bar, the most telling first: a narrow terminal drops from the end. */
const details = (status: Shown): string[] => {
  if (status.state === 'paused') return ['paused']
  const rate =
    status.state === 'downloading' ? [formatRate(status.downloadRate).padStart(10)] : [status.state]
  const eta = status.eta === undefined ? [] : [`ETA ${formatDuration(status.eta)}`]
  return [...rate, ...eta, plural(status.peers, 'peer')]
}

/** As many of `parts` as fit in `width` columns, joined by two spaces. */
const joinFitting = (parts: readonly string[], width: number): string => {
  let joined = ''
  for (const part of parts) {
    const longer = joined === '' ? part : `${joined}  ${part}`
    if (displayWidth(longer) > width) break
    joined = longer
  }
  return joined
}

const clamp = (number: number, least: number, most: number): number => Math.max(least, Math.min(most, number))

/**
 * A transfer as one line of less than `columns` columns: name, bar, percentage, rate, ETA, peers.
 * Where there is no room the last go first, and a name of at least 8 columns and the percentage stay.
 */
export const transferLine = (status: Shown, columns: number): string => {
  const room = Math.max(1, columns - 1)
  const share = percent(status).padStart(7)
  const nameWidth = clamp(Math.floor(room * 0.3), Math.min(NAME_LEAST, room), NAME_MOST)
  const barWidth = clamp(Math.floor(room * 0.3), BAR_LEAST, BAR_MOST)
  const name = fit(safeName(status.name), nameWidth)
  const withBar = `${name}  ${bar(fraction(status), barWidth)}  ${share}`
  const start = displayWidth(withBar) <= room ? withBar : joinFitting([name, share.trim()], room)
  const rest = joinFitting(details(status), room - displayWidth(start) - 2)
  return rest === '' ? start : `${start}  ${rest}`
}

/** A transfer as a line of a log: what a terminal's bar shows, in words. */
export const plainLine = (status: Shown): string =>
  [
    safeName(status.name),
    `${percent(status)} of ${formatBytes(status.size)}`,
    ...details(status).map((part) => part.trim()),
  ].join('  ')
