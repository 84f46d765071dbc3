import { expect, test } from 'vitest'
import { Board, type Screen } from './board.js'

/** As much of a terminal as a board uses: text, line ends, cursor up, clear down and right. */
class FakeTerminal implements Screen {
  readonly columns = 80
  readonly rows = 10
  readonly lines: string[] = ['']
  #row = 0
  writes = 0

  write(text: string): void {
    this.writes++
    const escape = String.fromCharCode(27)
    for (const token of text.split(new RegExp(`(${escape}\\[[0-9]*[A-Z]|[\\r\\n])`))) this.#take(token)
  }

  #take(token: string): void {
    if (token === '\n') {
      this.#row++
      this.lines[this.#row] ??= ''
    } else if (token.endsWith('[J')) {
      this.lines.length = this.#row + 1
      this.lines[this.#row] = ''
    } else if (token.endsWith('A')) this.#row -= Number(token.slice(2, -1))
    else if (!token.endsWith('[K') && token !== '\r') this.lines[this.#row] += token
  }
}

const shownBy = (terminal: FakeTerminal) => terminal.lines.filter((line) => line !== '')

test('lines are redrawn in place, and text is printed above them', () => {
  const terminal = new FakeTerminal()
  const board = new Board(terminal)
  board.draw(['one 1 %', 'two 2 %'])
  board.print('log')
  board.draw(['one 3 %', 'two 4 %'])
  board.print('more')
  expect(shownBy(terminal)).toEqual(['log', 'more', 'one 3 %', 'two 4 %'])
  board.draw([])
  expect(shownBy(terminal)).toEqual(['log', 'more'])
})

test('nothing is written where nothing changed', () => {
  const terminal = new FakeTerminal()
  const board = new Board(terminal)
  board.draw(['one'])
  const { writes } = terminal
  board.draw(['one'])
  expect(terminal.writes).toBe(writes)
})

test('a prompt stays last, and its line is taken into what is printed', () => {
  const terminal = new FakeTerminal()
  const board = new Board(terminal)
  board.draw(['bar'])
  terminal.write('Choose: 1')
  board.prompt = { rows: () => 0, redraw: () => terminal.write('Choose: 1') }
  board.print('log')
  expect(shownBy(terminal)).toEqual(['log', 'bar', 'Choose: 1'])
  terminal.write('\n')
  board.absorb('Choose: 1', 1)
  board.print('answer')
  expect(shownBy(terminal)).toEqual(['log', 'Choose: 1', 'answer', 'bar'])
})

test('more lines than the terminal has room for are counted', () => {
  const terminal = new FakeTerminal()
  new Board(terminal).draw(Array.from({ length: 20 }, (_, index) => `line ${index}`))
  expect(shownBy(terminal)).toEqual([
    ...Array.from({ length: 6 }, (_, index) => `line ${index}`),
    '… and 14 more',
  ])
})
