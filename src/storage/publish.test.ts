import { link, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dropPublishedPart, publish } from './publish.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-publish-'))
})
afterEach(async () => rm(folder, { recursive: true }))

test('F1 a crash between the new name and the end of the old leaves both: the part is dropped', async () => {
  const path = join(folder, 'film')
  await writeFile(`${path}.part`, 'whole')
  await link(`${path}.part`, path)
  await dropPublishedPart(path)
  expect(await readdir(folder)).toEqual(['film'])
})

test('a part that is another file is left alone, and so is what has no part', async () => {
  const path = join(folder, 'film')
  await writeFile(`${path}.part`, 'half')
  await writeFile(path, 'whole')
  await dropPublishedPart(path)
  expect((await readdir(folder)).sort()).toEqual(['film', 'film.part'])
  await dropPublishedPart(join(folder, 'other'))
})

test('A7 nothing that stands at the final name is overwritten', async () => {
  const path = join(folder, 'film')
  await writeFile(`${path}.part`, 'whole')
  await writeFile(path, 'other')
  await expect(publish(`${path}.part`, path, false)).rejects.toMatchObject({ code: 'FILE_EXISTS' })
  expect((await readdir(folder)).sort()).toEqual(['film', 'film.part'])
})
