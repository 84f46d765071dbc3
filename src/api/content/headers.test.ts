import { expect, test } from 'vitest'
import { contentTypeOf, dispositionOf } from './headers.js'

test.each([
  ['film.mkv', 'film.mkv', 'film.mkv'],
  ['Grüße "1".txt', 'Gr__e _1_.txt', 'Gr%C3%BC%C3%9Fe%20%221%22.txt'],
  ["a'b(c)*!.txt", "a'b(c)*!.txt", 'a%27b%28c%29%2A%21.txt'],
  ['a\r\nSet-Cookie: x=1', 'a__Set-Cookie: x=1', 'a%0D%0ASet-Cookie%3A%20x%3D1'],
  ['film\u202egpj.exe', 'film_gpj.exe', 'film_gpj.exe'],
  ['50%\ud800', '50__', '50%25_'],
])('a file called %j', (name, plain, encoded) => {
  expect(dispositionOf(name, true)).toBe(`attachment; filename="${plain}"; filename*=UTF-8''${encoded}`)
  expect(dispositionOf(name, false)).toMatch(/^inline; /)
})

test.each([
  ['a.mp4', 'video/mp4'],
  ['a.html', 'text/html; charset=utf-8'],
  ['a.txt', 'text/plain; charset=utf-8'],
  ['a', 'application/octet-stream'],
])('%s is %s', (name, type) => expect(contentTypeOf(name)).toBe(type))
