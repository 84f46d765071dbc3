import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CATALOGUE, ShoalError, type ErrorCode } from './errors.js'

const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

/** The rows of the document: code, exit, meaning, remedy. */
const rows = [...document.matchAll(/^\| `([A-Z0-9_]+)` +\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)].map((match) =>
  match.slice(1),
)

test('docs/errors.md lists the catalogue, each code with its exit code, meaning and remedy', () => {
  expect(rows).toEqual(
    Object.entries(CATALOGUE).map(([code, { exit, meaning, remedy }]) => [
      code,
      String(exit),
      meaning,
      remedy,
    ]),
  )
})

test('every exit code of the catalogue is one that docs/cli.md explains', () => {
  const cli = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  const explained = new Set([...cli.matchAll(/^\| (\d+) +\|/gm)].map(([, exit]) => Number(exit)))
  for (const { exit } of Object.values(CATALOGUE)) expect(explained).toContain(exit)
})

test('meanings and remedies are sentences, since they follow one another on a line', () => {
  for (const { meaning, remedy } of Object.values(CATALOGUE)) {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(remedy).toMatch(/^[A-Z].*\.$/)
  }
})

test('an error carries what the catalogue says of its code', () => {
  for (const code of Object.keys(CATALOGUE) as ErrorCode[]) {
    const error = new ShoalError(code, 'what happened')
    expect([error.code, error.exit, error.remedy, error.message]).toEqual([
      code,
      CATALOGUE[code].exit,
      CATALOGUE[code].remedy,
      'what happened',
    ])
  }
})
