import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** What Shoal must do, row by row: roles, protocol, flows, files, console and deployment, failure. */
const REQUIREMENTS = [
  ...['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'],
  ...['B1', 'B2', 'B3', 'B4', 'B5'],
  ...['C1', 'C2', 'C3', 'C4', 'C5', 'C6'],
  ...['D1', 'D2', 'D3', 'D4', 'D5'],
  ...['E1', 'E2', 'E3', 'E4', 'E5', 'E6'],
  'F1',
]

const testFiles = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))

/** What stands in quotes at the start of a test: its title. */
const titlesIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:^|[(\s])(['"`])([A-F][1-7](?: [A-F][1-7])* [^\n]*?)\1/g)].map(
    (match) => match[2] ?? '',
  )

test('E6 one command runs every check, and every requirement has a test that names it', () => {
  const titles = [...testFiles('src'), ...testFiles('test')].flatMap(titlesIn)
  const named = new Set(
    titles.flatMap(
      (title) =>
        title
          .match(/^(?:[A-F][1-7] )+/)?.[0]
          .trim()
          .split(' ') ?? [],
    ),
  )
  expect(REQUIREMENTS.filter((id) => !named.has(id))).toEqual([])
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const check = readFileSync(join(root, 'scripts/check.mjs'), 'utf8')
  expect(scripts.test).toContain('scripts/check.mjs')
  for (const name of ['format:check', 'lint', 'types', 'imports', 'dead-code', 'test:unit']) {
    expect(check).toContain(`'${name}'`)
    expect(scripts[name]).toBeDefined()
  }
})
