import { expect, test } from 'vitest'
import type { Content } from './content.js'
import { fileUrl } from './webSeedUrl.js'

const file = (path: readonly string[]) => ({ path, size: 1, rootHash: undefined })
const single: Content = {
  name: 'a film.mkv',
  isFolder: false,
  files: [file(['a film.mkv'])],
  pieceLength: 16384,
}
const folder: Content = {
  name: 'Fotos 写真',
  isFolder: true,
  files: [file(['one.jpg']), file(['a', '100% #1?&+.jpg'])],
  pieceLength: 16384,
}

test.each([
  ['http://x.org/films/other.mkv', 'http://x.org/films/other.mkv'],
  ['http://x.org/films/', 'http://x.org/films/a%20film.mkv'],
  ['http://x.org/get?id=7', 'http://x.org/get?id=7'],
  ['http://x.org/f.mkv#part', 'http://x.org/f.mkv'],
])('BEP 19: a single file of the web seed %s is at %s', (seed, url) => {
  expect(fileUrl(seed, single, 0)).toBe(url)
})

test.each(['https://x.org/d', 'https://x.org/d/'])(
  'BEP 19: in a folder each file stands below the web seed %s, its path percent-encoded',
  (seed) => {
    expect(fileUrl(seed, folder, 0)).toBe('https://x.org/d/Fotos%20%E5%86%99%E7%9C%9F/one.jpg')
    expect(fileUrl(seed, folder, 1)).toBe(
      'https://x.org/d/Fotos%20%E5%86%99%E7%9C%9F/a/100%25%20%231%3F%26%2B.jpg',
    )
    expect(new URL(fileUrl(seed, folder, 1)).href).toBe(fileUrl(seed, folder, 1))
  },
)
