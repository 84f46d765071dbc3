import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cut, displayWidth, fit, safeName, tableLines } from './text.js'

test.each([
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['한국', 4],
  ['', 0],
])('%s takes %d columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns)
})

test('controls and direction marks are shown, not sent', () => {
  expect(safeName('a\x1b[2Jb\n')).toBe('a\\x1b[2Jb\\x0a')
  expect(safeName('invoice\u202etxt.exe')).toBe('invoice\\u202etxt.exe')
})

test('text is cut between characters, never through one', () => {
  expect(cut('日本語', 5)).toBe('日本…')
  expect(cut('日本語', 4)).toBe('日…')
  expect(cut('abc', 3)).toBe('abc')
  expect(cut('abc', 0)).toBe('')
})

test('what is fitted has exactly the width, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      expect(displayWidth(fit(safeName(text), width))).toBe(width)
    }),
  )
})

test('columns of a table align where names are wide', () => {
  expect(
    tableLines([
      ['日本', 'x'],
      ['a', 'y'],
    ]),
  ).toEqual(['日本  x', 'a     y'])
})
