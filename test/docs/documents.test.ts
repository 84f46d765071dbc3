import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const markdownIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return markdownIn(path)
    return entry.name.endsWith('.md') ? [path] : []
  })

const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...markdownIn('docs')]

const withoutCode = (text: string): string => text.replace(/^```[^]*?^```/gm, '')

/** The anchors that headings make, as GitHub and others do. */
const anchorsOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

describe.each(documents)('%s', (document) => {
  const links = [...withoutCode(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

  test('links to files and headings that are there', () => {
    for (const link of links.filter((link) => !/^[a-z]+:/.test(link))) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? join(root, document) : resolve(root, dirname(document), path)
      expect(existsSync(target), link).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(readFileSync(target, 'utf8')), link).toContain(anchor)
    }
  })
})

interface Rule {
  readonly name: string
  readonly to: { readonly pathNot?: string }
}

test('the table of ARCHITECTURE.md is the import rules', async () => {
  const rows = [...read('ARCHITECTURE.md').matchAll(/^\| `(\w+)` +\| .+? \| (.+?) +\| .+ \|$/gm)]
  const table = rows.map(([, folder = '', allowed = '']) => [
    folder,
    [...allowed.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(),
  ])
  const url = pathToFileURL(join(root, '.dependency-cruiser.mjs')).href
  const { default: config } = (await import(url)) as { default: { forbidden: readonly Rule[] } }
  const rules = config.forbidden
    .filter(({ name }) => name.endsWith('-imports'))
    .map(({ name, to }) => {
      const folder = name.slice(0, -'-imports'.length)
      const allowed = /\((.+)\)/.exec(to.pathNot ?? '')?.[1]?.split('|') ?? []
      return [folder, allowed.filter((other) => other !== folder).sort()]
    })
  expect(Object.fromEntries(table)).toEqual(Object.fromEntries(rules))
})

test('every folder of src has its row', () => {
  const text = read('ARCHITECTURE.md')
  for (const { name } of readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  ))
    expect(text).toContain(`| \`${name}\``)
})

test('the source files that ARCHITECTURE.md and CONTRIBUTING.md name are there', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true })
    .map((path) => String(path).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && statSync(join(root, 'src', path)).isFile())
  const names = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((document) =>
    [...read(document).matchAll(/`(?:src\/)?([\w/]+(?:\.contract|\.test)?\.ts)`/g)].map(
      ([, name = '']) => name,
    ),
  )
  expect(names.length).toBeGreaterThan(50)
  const isThere = (name: string): boolean =>
    name.startsWith('test/')
      ? existsSync(join(root, name))
      : sources.some((path) => path === name || path.endsWith(`/${name}`))
  expect(names.filter((name) => !isThere(name))).toEqual([])
})

test('every decision is in the list, with its number and title', () => {
  const list = read('docs/decisions/README.md')
  for (const path of markdownIn('docs/decisions').filter((path) => basename(path) !== 'README.md')) {
    const title = /^# (.+)$/m.exec(read(path))?.[1]
    expect(list).toContain(`[${title}](${basename(path)})`)
    expect(Number(basename(path).slice(0, 4))).toBe(Number.parseInt(title ?? ''))
  }
})
