import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as limits from './limits.js'

const fromRoot = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const document = fromRoot('docs/limits.md')

/** The cells of every row that begins with a name: name, value, and what stands in the third column. */
const rows = [...document.matchAll(/^\| `(\w+)` +\| (.+?) +\| (.+?) +\| .+\|$/gm)].map(
  ([, name = '', value = '', third = '']) => ({ name, value, third }),
)
const ofParts = rows.filter(({ third }) => third.endsWith('.ts'))
const ofProtocol = rows.filter((row) => !ofParts.includes(row))

test('docs/limits.md lists every limit of the protocol once, with its value', () => {
  const listed = ofProtocol.map(({ name, value }) => [name, Number(value.replaceAll(',', ''))] as const)
  expect(listed).toHaveLength(new Set(listed.map(([name]) => name)).size)
  expect(Object.fromEntries(listed)).toEqual({ ...limits })
})

test('every limit of the protocol has its arithmetic beside it', () => {
  const source = fromRoot('src/protocol/limits.ts')
  for (const name of Object.keys(limits)) {
    expect(source, name).toMatch(new RegExp(`\\*/\\nexport const ${name} = `))
  }
})

describe('docs/limits.md gives limits of the parts as their files do', () => {
  test.for(ofParts)('$name of $third', ({ name, value, third }) => {
    const source = fromRoot(`src/${third}`)
    const expression = value.replaceAll('`', '').replace(/[*.]/g, '\\$&')
    expect(source).toMatch(new RegExp(`^ *(export )?(const )?${name}( =|:) ${expression},?$`, 'm'))
  })
})
