import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const DIST = fileURLToPath(new URL('../../dist/web', import.meta.url))

const read = (name: string): string => readFileSync(join(DIST, name), 'utf8')

const compressed = (names: readonly string[]): number =>
  names.reduce((sum, name) => sum + gzipSync(read(name)).length, 0)

test('the first load is under 150 kB compressed, of this program alone, with no script or style in the document', () => {
  const document = read('index.html')
  const linked = [...document.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = '']) => name)
  expect(linked.length).toBeGreaterThan(2)
  for (const name of linked) expect(name).toMatch(/^\.\//)
  const first = compressed(['index.html', ...linked])
  const all = compressed([
    'index.html',
    ...readdirSync(join(DIST, 'assets')).map((name) => join('assets', name)),
  ])
  console.info(`first load ${first} bytes compressed, all ${all}`)
  expect(first).toBeLessThan(150_000)
  expect(document).not.toMatch(/<style|<script(?![^>]* src=)|style=|\son\w+=/)
})
