import { SKIPPED } from '../picker/priority.js'
import type { Picker } from '../picker/picker.js'
import type { Source } from '../peer/source.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { Progress } from './progress.js'

/** The parts of a swarm that know what is wanted. */
export interface Wishing {
  readonly layout: Layout
  readonly progress: Progress
  readonly picker: Picker
  readonly sources: Iterable<Source>
  /** Whether `chunk` still counts when it comes. */
  readonly needs: (chunk: number) => boolean
}

/** A chunk that is under way and no longer wanted. */
export interface Unwanted {
  readonly source: Source
  readonly chunk: number
}

/** Wants each piece as much as `levels` says; answers what is under way in vain. */
export const changeLevels = (wishing: Wishing, levels: Uint8Array): readonly Unwanted[] => {
  const { layout, progress, picker, sources, needs } = wishing
  const underWay = [...sources].flatMap((source) =>
    [...source.inFlight.keys()].map((chunk): Unwanted => ({ source, chunk })),
  )
  const before = underWay.filter(({ chunk }) => needs(chunk))
  const asked = new Set(underWay.map(({ chunk }) => chunk))
  const isFree = (chunk: number): boolean => needs(chunk) && !asked.has(chunk)
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const level = levels[piece] ?? SKIPPED
    progress.want(piece, level !== SKIPPED)
    picker.setLevel(piece, level, isFree)
  }
  return before.filter(({ chunk }) => !needs(chunk))
}
