import { printable } from '../support/log.js'

/** Marks that turn the direction of the text around them: a name could pretend to be another. */
const DIRECTION = /[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** A name from elsewhere, safe on a terminal: controls and direction marks are shown, not obeyed. */
export const safeName = (name: string): string =>
  printable(name).replace(DIRECTION, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** East Asian wide and fullwidth (UAX #11), and what is drawn as a picture. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
const EMPTY = /^[\p{Mn}\p{Me}\p{Cf}]*$/u

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

const graphemeWidth = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : EMPTY.test(grapheme) ? 0 : 1)

/** Columns that `text`, without control characters, takes on a terminal. */
export const displayWidth = (text: string): number => {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment)
  return width
}

/** `text` cut to `width` columns, with an ellipsis where something is lost. */
export const cut = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment)
    if (used > width - 1) break
    kept += segment
  }
  return width > 0 ? `${kept}…` : ''
}

/** `text` in exactly `width` columns: cut, or filled with spaces behind. */
export const fit = (text: string, width: number): string => {
  const kept = cut(text, width)
  return kept + ' '.repeat(Math.max(0, width - displayWidth(kept)))
}

const columnWidths = (rows: readonly (readonly string[])[], most: number): number[] =>
  (rows[0] ?? []).map((_, column) =>
    Math.min(most, Math.max(...rows.map((row) => displayWidth(row[column] ?? '')))),
  )

/** Columns of a table are no wider than this; longer cells are cut. */
const MAX_COLUMN = 60

/** Rows as aligned lines, two spaces between columns. */
export const tableLines = (rows: readonly (readonly string[])[]): string[] => {
  const widths = columnWidths(rows, MAX_COLUMN)
  return rows.map((row) =>
    row
      .map((cell, column) => fit(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** `1 peer`, `2 peers`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
