import { expect, test } from 'vitest'
import { visibleRuns, visibleText } from './visible.js'

test('what would turn or hide text is spelled out, all else stays', () => {
  expect(visibleText('photo\u202Egpj.exe')).toBe('photo[U+202E]gpj.exe')
  expect(visibleText('a\u0000b\nc\u200Bd\u{e0041}')).toBe('a[U+0000]b[U+000A]c[U+200B]d[U+E0041]')
  expect(visibleText('写真 😀 עברית')).toBe('写真 😀 עברית')
  expect(visibleRuns('x\u2066')).toEqual([
    { text: 'x', isMark: false },
    { text: 'U+2066', isMark: true },
  ])
  expect(visibleRuns('')).toEqual([])
})
