import { Writable } from 'node:stream'

const ESCAPE = String.fromCharCode(27)
const TOKEN = new RegExp(`${ESCAPE}\\[([0-9]*)(?:;[0-9]+)?([A-Za-z])|[^]`, 'gu')

/** As much of a terminal as readline and bars use: text that wraps, cursor moves, clearing. */
export class FakeTerminal extends Writable {
  readonly isTTY = true
  readonly columns: number
  readonly rows = 30
  writes = 0
  #cells: string[][] = [[]]
  #row = 0
  #column = 0

  constructor(columns = 80) {
    super()
    this.columns = columns
  }

  /** What stands on the screen, without empty lines. */
  get lines(): string[] {
    return this.#cells.map((row) => row.join('').trimEnd()).filter((line) => line !== '')
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes++
    for (const [token, count, name] of chunk.toString().matchAll(TOKEN)) {
      if (name !== undefined) this.#control(name, count === '' ? undefined : Number(count))
      else this.#put(token)
    }
    done()
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0
    else if (character === '\n') this.#wrap()
    else {
      if (this.#column === this.columns) this.#wrap()
      this.#line()[this.#column++] = character
    }
    this.#line()
  }

  #wrap(): void {
    this.#row++
    this.#column = 0
  }

  #line(): string[] {
    while (this.#cells.length <= this.#row) this.#cells.push([])
    const line = this.#cells[this.#row] ?? []
    while (line.length < this.#column) line.push(' ')
    return line
  }

  #control(name: string, count: number | undefined): void {
    if (name === 'A') this.#row -= count ?? 1
    else if (name === 'B') this.#row += count ?? 1
    else if (name === 'C') this.#column += count ?? 1
    else if (name === 'D') this.#column -= count ?? 1
    else if (name === 'G') this.#column = (count ?? 1) - 1
    else if (name === 'K' || name === 'J') this.#clear(name === 'J')
    if (this.#row < 0) throw new Error('the cursor left the screen')
  }

  #clear(isDown: boolean): void {
    this.#line().length = this.#column
    if (isDown) this.#cells.length = this.#row + 1
  }
}
