/** Controls, and marks that are not drawn or that turn the direction of the text around them (UAX #9). */
const HIDDEN =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** A run of a text: as it is, or a mark that must be shown because it would deceive. */
export interface Run {
  readonly text: string
  readonly isMark: boolean
}

const codeOf = (mark: string): string =>
  `U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** Cuts a text from elsewhere into what can be shown as it is and what must be spelled out. */
export const visibleRuns = (text: string): readonly Run[] => {
  const runs: Run[] = []
  let end = 0
  for (const { 0: mark, index } of text.matchAll(HIDDEN)) {
    if (index > end) runs.push({ text: text.slice(end, index), isMark: false })
    runs.push({ text: codeOf(mark), isMark: true })
    end = index + mark.length
  }
  if (end < text.length) runs.push({ text: text.slice(end), isMark: false })
  return runs
}

/** The same where there is room for text alone: labels and titles. */
export const visibleText = (text: string): string =>
  visibleRuns(text)
    .map((run) => (run.isMark ? `[${run.text}]` : run.text))
    .join('')
