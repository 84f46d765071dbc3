import fc from 'fast-check'
import { posix, win32 } from 'node:path'
import { expect, test } from 'vitest'
import { ShoalError } from '../errors.js'
import { PathSet, safeName, safePath } from './path.js'

const unsafe: unknown = expect.objectContaining({ code: 'PATH_UNSAFE' })

test.each([
  '',
  '.',
  '..',
  'a/b',
  '/etc',
  'a\\b',
  'C:',
  'C:evil',
  'file.txt:stream',
  'file.txt::$DATA',
  'nul',
  'NUL.txt',
  'con .log',
  'COM1',
  'lpt9.tar.gz',
  'com¹',
  'AUX',
  'CONIN$',
  'dot.',
  'space ',
  'nul\0byte',
  'line\nbreak',
  'escape\u001b[2J',
  'c1\u0085',
  'cod\u202etxt.exe',
  '\ud800',
  'x'.repeat(251),
  '界'.repeat(84),
])('a name that some system reads as another path is refused: %j', (name) => {
  expect(() => safeName(name)).toThrow(unsafe)
})

test.each([
  'a',
  '.hidden',
  '...three',
  'two  spaces.txt',
  'Grüße.txt',
  'ファイル 名.mp4',
  'ملف عربي.pdf',
  'שלום\u200f.txt',
  'नमस्ते.txt',
  'क्‍ष',
  '👩‍👩‍👧.png',
  '\u{10ffff}x',
  'console',
  'nullable.ts',
  'com10.txt',
  'what? "no" <yes> | *.txt',
  'x'.repeat(250),
])('any other name passes as it is: %j', (name) => {
  expect(safeName(name)).toBe(name)
})

test('whatever passes stays below its folder, on every system', () => {
  const component = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('.', '/', '\\', ':', 'C', '\0', ' ', 'a', '~', '$'), maxLength: 5 }),
  )
  fc.assert(
    fc.property(fc.array(component, { maxLength: 6 }), (components) => {
      try {
        safePath(components)
      } catch (error) {
        expect(error instanceof ShoalError && error.code).toBe('PATH_UNSAFE')
        return
      }
      expect(posix.join('/base', ...components)).toBe(`/base/${components.join('/')}`)
      expect(win32.join('D:\\base', ...components)).toBe(`D:\\base\\${components.join('\\')}`)
      expect(win32.resolve('D:\\base', ...components)).toBe(`D:\\base\\${components.join('\\')}`)
    }),
    { numRuns: 200 },
  )
})

test('paths too deep, too long or without components are refused', () => {
  expect(() => safePath([])).toThrow(unsafe)
  expect(() => safePath(Array<string>(66).fill('a'))).toThrow(unsafe)
  expect(safePath(Array<string>(65).fill('a'))).toHaveLength(65)
  expect(() => safePath(Array<string>(17).fill('x'.repeat(250)))).toThrow(unsafe)
})

test.each([
  ['the same', ['a', 'b'], ['a', 'b']],
  ['by case', ['Readme'], ['README']],
  ['by case of a folder', ['Dir', 'file'], ['dir', 'FILE']],
  ['by case of other scripts', ['ΑΣ'], ['ας']],
  ['by composition', ['\u00e9'], ['e\u0301']],
  ['by composition and case', ['\u00c9'], ['e\u0301']],
  ['by what HFS+ ignores', ['a\u200c'], ['a']],
  ['by sharp s', ['straße'], ['STRASSE']],
  ['a file that is a folder of another', ['a'], ['a', 'b']],
  ['a folder that is a file of another', ['a', 'b'], ['A']],
])('two files on one path are refused: %s', (_, first, second) => {
  const paths = new PathSet()
  paths.add(first)
  expect(() => paths.add(second)).toThrow(unsafe)
})

test('files side by side, in folders that differ in case alone, are not on one path', () => {
  const paths = new PathSet()
  for (const path of [['a', 'b'], ['a', 'c'], ['A', 'd'], ['b'], ['c', 'a', 'b']]) paths.add(path)
})

test('the message holds nothing that a terminal would obey', () => {
  try {
    safeName('\u001b]0;title\u0007')
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ShoalError)
    expect((error as ShoalError).message).not.toMatch(/\p{Cc}/u)
  }
})
