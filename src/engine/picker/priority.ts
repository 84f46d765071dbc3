import type { Layout } from '../../protocol/metainfo/layout.js'

/** How much a file is wanted, from not at all to before all others. */
export const PRIORITIES = ['skip', 'low', 'normal', 'high'] as const
export type Priority = (typeof PRIORITIES)[number]

/** A priority as a number: its place in PRIORITIES. */
export type Level = 0 | 1 | 2 | 3
export const SKIPPED: Level = 0
export const NORMAL: Level = 2
/** Levels of what is wanted, the most urgent first. */
export const WANTED_LEVELS = [3, 2, 1] as const

const levelOf = (priority: Priority): Level => PRIORITIES.indexOf(priority) as Level

/**
 * The level of each piece: that of the file in it that is wanted most. What is padding alone, as v1 has it, is fetched
 * with the last of the files, so that what has all files has all pieces. `priorities` by the index of the file.
 */
export const pieceLevels = (layout: Layout, priorities: readonly Priority[]): Uint8Array => {
  const least = priorities.reduce((level, one) => Math.min(level, levelOf(one)), 3)
  const levels = new Uint8Array(layout.pieceCount).fill(least)
  for (const [file, priority] of priorities.entries()) {
    const level = levelOf(priority)
    if (level === least) continue
    const { first, count } = layout.piecesOfFile(file)
    for (let piece = first; piece < first + count; piece++)
      levels[piece] = Math.max(levels[piece] ?? SKIPPED, level)
  }
  return levels
}
