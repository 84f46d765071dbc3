import { expect, test } from 'vitest'
import { FakeTerminal } from '../../../test/cli/fakeTerminal.js'
import { Board } from './board.js'

test('lines are redrawn in place, and text is printed above them', () => {
  const terminal = new FakeTerminal()
  const board = new Board(terminal)
  board.draw(['one 1 %', 'two 2 %'])
  board.print('log')
  board.draw(['one 3 %', 'two 4 %'])
  board.print('more')
  expect(terminal.lines).toEqual(['log', 'more', 'one 3 %', 'two 4 %'])
  board.draw([])
  expect(terminal.lines).toEqual(['log', 'more'])
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
  expect(terminal.lines).toEqual(['log', 'bar', 'Choose: 1'])
  terminal.write('\n')
  board.absorb('Choose: 1', 1)
  board.print('answer')
  expect(terminal.lines).toEqual(['log', 'Choose: 1', 'answer', 'bar'])
})

test('more lines than the terminal has room for are counted', () => {
  const terminal = new FakeTerminal()
  new Board(terminal).draw(Array.from({ length: 40 }, (_, index) => `line ${index}`))
  expect(terminal.lines).toEqual([
    ...Array.from({ length: 26 }, (_, index) => `line ${index}`),
    '… and 14 more',
  ])
})
