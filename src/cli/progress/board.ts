import { cut } from '../text.js'

/** What a board needs of a terminal. */
export interface Screen {
  write(text: string): unknown
  readonly columns?: number
  readonly rows?: number
}

/** A line being typed below the board. */
export interface Prompt {
  /** Rows from its first one down to the cursor. */
  rows(): number
  /** Draws it again; the cursor stands in the first column of its first row. */
  redraw(): void
}

const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24
/** Rows kept free below the lines of a board, for a prompt and what is typed. */
const FREE_ROWS = 3

const CLEAR_DOWN = '\x1b[J'
const CLEAR_RIGHT = '\x1b[K'
const up = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : '')

/**
 * Lines at the bottom of a terminal that are redrawn in place, above what is typed and below what is printed.
 * Invariant between calls: the screen ends with `#drawn`, then the prompt if there is one, with the cursor in it.
 */
export class Board {
  readonly #screen: Screen
  #drawn: readonly string[] = []
  #prompt: Prompt | undefined

  constructor(screen: Screen) {
    this.#screen = screen
  }

  get columns(): number {
    return this.#screen.columns || DEFAULT_COLUMNS
  }

  /** A prompt that is on the screen below the lines from now on; undefined once its line is absorbed. */
  set prompt(prompt: Prompt | undefined) {
    this.#prompt = prompt
  }

  /** Shows `lines` in place of those before; nothing is written where nothing changed. */
  draw(lines: readonly string[]): void {
    const fitting = this.#fitting(lines)
    if (fitting.length === this.#drawn.length && fitting.every((line, index) => line === this.#drawn[index]))
      return
    this.#repaint(() => undefined, fitting)
  }

  /** Prints `text` above the lines; to `target` where that is another stream on the same terminal. */
  print(text: string, target: Screen = this.#screen): void {
    this.#repaint(() => target.write(`${text}\n`), this.#drawn)
  }

  /** Takes the typed line, which the cursor has just left downwards, into what is printed. */
  absorb(line: string, rows: number): void {
    this.#prompt = { rows: () => rows, redraw: () => undefined }
    const lines = this.#drawn
    this.#repaint(() => this.#screen.write(`${line}\n`), [])
    this.#prompt = undefined
    this.#repaint(() => undefined, lines)
  }

  #fitting(lines: readonly string[]): readonly string[] {
    const most = Math.max(1, (this.#screen.rows || DEFAULT_ROWS) - FREE_ROWS)
    if (lines.length <= most) return lines
    return [...lines.slice(0, most - 1), cut(`… and ${lines.length - most + 1} more`, this.columns - 1)]
  }

  #repaint(print: () => void, lines: readonly string[]): void {
    const rows = this.#drawn.length + (this.#prompt?.rows() ?? 0)
    const home = `\r${up(rows)}`
    const block = lines.map((line) => `${line}${CLEAR_RIGHT}\n`).join('')
    this.#screen.write(home + (lines === this.#drawn || lines.length < this.#drawn.length ? CLEAR_DOWN : ''))
    print()
    this.#screen.write(block + CLEAR_DOWN)
    this.#drawn = lines
    this.#prompt?.redraw()
  }
}
