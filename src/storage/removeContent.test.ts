import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeContent } from './removeContent.js'
import { makeFolder, Sample } from './sample.contract.js'

const entriesOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true })).map((path) => path.replaceAll('\\', '/')).sort()

test('the files of the content go, and the folders that are empty then; what else is there stays', async () => {
  const folder = await makeFolder()
  const { content } = new Sample({ 'a/one': 5, 'a/deep/two': 5, 'b/three': 5, gone: 5 })
  const root = join(folder, 'sample')
  await mkdir(join(root, 'a', 'deep'), { recursive: true })
  await mkdir(join(root, 'b'))
  for (const path of ['a/one', 'a/deep/two', 'b/three', 'b/notes']) await writeFile(join(root, path), 'x')
  await removeContent(content, root)
  expect(await entriesOf(folder)).toEqual(['sample', 'sample/b', 'sample/b/notes'])
})

test('a single file goes, and a folder in its place does not', async () => {
  const folder = await makeFolder()
  const { content } = new Sample(5)
  await writeFile(join(folder, 'sample'), 'x')
  await removeContent(content, join(folder, 'sample'))
  await removeContent(content, join(folder, 'sample'))
  expect(await entriesOf(folder)).toEqual([])
  await mkdir(join(folder, 'sample'))
  await removeContent(content, join(folder, 'sample'))
  expect(await entriesOf(folder)).toEqual(['sample'])
})

test('no link is followed, wherever it stands', async () => {
  const folder = await makeFolder()
  const { content } = new Sample({ 'a/one': 5, two: 5 })
  const elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere)
  for (const name of ['one', 'two']) await writeFile(join(elsewhere, name), 'precious')
  const root = join(folder, 'sample')
  await mkdir(root)
  await symlink(elsewhere, join(root, 'a'))
  await symlink(join(elsewhere, 'two'), join(root, 'two'))
  await removeContent(content, root)
  await symlink(elsewhere, join(folder, 'linked'))
  await removeContent(new Sample({ one: 5, two: 5 }).content, join(folder, 'linked'))
  expect(await readFile(join(elsewhere, 'one'), 'utf8')).toBe('precious')
  expect(await entriesOf(elsewhere)).toEqual(['one', 'two'])
})
