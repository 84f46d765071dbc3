import type { PiecesDocument } from '../../../../src/api/contract.js'

type Word = PiecesDocument['words'][number]

/** As in the legend. */
export const WORDS = ['have', 'inFlight', 'partial', 'missing', 'unwanted'] as const satisfies readonly Word[]

/** Pixels of a square and of the gap beside it; smaller where there are many. */
const SIZES = [
  { cell: 14, gap: 2 },
  { cell: 9, gap: 1 },
  { cell: 5, gap: 1 },
  { cell: 3, gap: 0 },
] as const

/** Pixels that a map may be high; of more pieces several share a square. */
const MAX_HEIGHT = 420

interface Grid {
  readonly step: number
  readonly cell: number
  readonly columns: number
  readonly rows: number
  /** Pieces in one square. */
  readonly share: number
}

const gridFor = (count: number, width: number): Grid => {
  for (const { cell, gap } of SIZES) {
    const step = cell + gap
    const columns = Math.max(1, Math.floor(width / step))
    const rows = Math.ceil(count / columns)
    if (rows * step <= MAX_HEIGHT) return { step, cell, columns, rows, share: 1 }
  }
  const step = 3
  const columns = Math.max(1, Math.floor(width / step))
  const share = Math.ceil(count / (columns * Math.floor(MAX_HEIGHT / step)))
  return { step, cell: step, columns, rows: Math.ceil(count / share / columns), share }
}

/** What is worst in a run of pieces: nothing that is missing is hidden by what is there. */
const RANK: Readonly<Record<Word, number>> = { unwanted: 0, have: 1, partial: 2, missing: 3, inFlight: 4 }

const worst = (codes: Uint8Array, words: readonly Word[], from: number, count: number): Word => {
  let found: Word = 'unwanted'
  for (let index = from; index < Math.min(codes.length, from + count); index++) {
    const word = words[codes[index] ?? 0] ?? 'missing'
    if (RANK[word] > RANK[found]) found = word
  }
  return found
}

/** Draws a square for each piece, or for several where there are very many. */
export const drawPieces = (canvas: HTMLCanvasElement, codes: Uint8Array, words: readonly Word[]): void => {
  const width = canvas.parentElement?.clientWidth ?? 300
  const { step, cell, columns, rows, share } = gridFor(codes.length, width)
  const ratio = devicePixelRatio
  canvas.width = width * ratio
  canvas.height = rows * step * ratio
  canvas.style.width = `${width}px`
  canvas.style.height = `${rows * step}px`
  const context = canvas.getContext('2d')
  if (!context) return
  context.scale(ratio, ratio)
  const style = getComputedStyle(canvas)
  const colors = new Map(WORDS.map((word) => [word, style.getPropertyValue(`--piece-${word}`)]))
  for (let place = 0; place * share < codes.length; place++) {
    context.fillStyle = colors.get(worst(codes, words, place * share, share)) ?? ''
    context.fillRect((place % columns) * step, Math.floor(place / columns) * step, cell, cell)
  }
}
