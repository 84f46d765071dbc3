import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { codeFrom, makeFolder } from './sample.contract.js'
import { UploadFolder } from './uploadFolder.js'

const send = async function* (...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part)
}

const openIn = (output: string, isFolder = true, maxSize = 1000): Promise<UploadFolder> =>
  UploadFolder.open(output, { name: isFolder ? 'films' : 'film.mkv', isFolder, maxSize })

test('a folder that was sent gets its name when it is whole, and nothing else is left', async () => {
  const output = await makeFolder()
  const upload = await openIn(output)
  await Promise.all([upload.write('a/one', send('o', 'ne')), upload.write('two', send('two'))])
  expect(upload.size).toBe(6)
  expect((await readdir(output)).filter((name) => !name.startsWith('.'))).toEqual([])
  expect(await upload.finish()).toBe(join(output, 'films'))
  expect(await readdir(output)).toEqual(['films'])
  expect(await readFile(join(output, 'films', 'a', 'one'), 'utf8')).toBe('one')
  expect(await codeFrom(() => upload.write('three', send('x')))).toBe('USAGE')
})

test('a name that is taken gets a number, and what has it stays as it is', async () => {
  const output = await makeFolder()
  await writeFile(join(output, 'film.mkv'), 'mine')
  for (const expected of ['film (2).mkv', 'film (3).mkv']) {
    const upload = await openIn(output, false)
    await upload.write('whatever', send('sent'))
    expect(await upload.finish()).toBe(join(output, expected))
  }
  expect(await readFile(join(output, 'film.mkv'), 'utf8')).toBe('mine')
  await mkdir(join(output, 'films'))
  const folder = await openIn(output)
  await folder.write('one', send('1'))
  expect(await folder.finish()).toBe(join(output, 'films (2)'))
})

test('no path leads out of the folder, and no two files stand on one path', async () => {
  const output = await makeFolder()
  const upload = await openIn(output)
  await upload.write('a/one', send('1'))
  for (const path of [
    '../evil',
    '/etc/evil',
    'a/../../evil',
    'a//b',
    '',
    'nul',
    'a\\b',
    'a/one',
    'A/ONE',
    'a',
    'a/one/b',
  ])
    expect(await codeFrom(() => upload.write(path, send('x'))), path).toBe('PATH_UNSAFE')
  expect(await codeFrom(() => UploadFolder.open(output, { name: '..', isFolder: true, maxSize: 1 }))).toBe(
    'PATH_UNSAFE',
  )
  const [staging = ''] = await readdir(output)
  const elsewhere = await makeFolder()
  await symlink(elsewhere, join(output, staging, 'films', 'b'))
  expect(await codeFrom(() => upload.write('b/two', send('x')))).toBe('DISK_FAILED')
  await symlink(join(elsewhere, 'three'), join(output, staging, 'films', 'three'))
  expect(await codeFrom(() => upload.write('three', send('x')))).not.toBe('no error')
  expect(await readdir(elsewhere)).toEqual([])
})

test('it is bounded, and one that fails or is abandoned leaves nothing', async () => {
  const output = await makeFolder()
  const upload = await openIn(output, true, 10)
  expect(await codeFrom(() => upload.finish())).toBe('USAGE')
  expect(await codeFrom(() => upload.write('large', send('123456', '123456')))).toBe('USAGE')
  const [staging = ''] = await readdir(output)
  expect(await readdir(join(output, staging, 'films'))).toEqual([])
  const abort = new AbortController()
  abort.abort()
  expect(await codeFrom(() => upload.write('one', send('1'), abort.signal))).toBe('INTERRUPTED')
  await upload.abandon()
  await upload.abandon()
  expect(await readdir(output)).toEqual([])
  const single = await openIn(output, false)
  await single.write('', send('1'))
  expect(await codeFrom(() => single.write('', send('1')))).toBe('USAGE')
  await single.abandon()
})

test('what a crash left behind is deleted a day later, and nothing else', async () => {
  const output = await makeFolder()
  const old = new Date(Date.now() - 25 * 60 * 60_000)
  for (const name of ['.upload-0123456789abcdef', '.upload-fedcba9876543210', '.upload-mine'])
    await mkdir(join(output, name))
  for (const name of ['.upload-0123456789abcdef', '.upload-mine']) await utimes(join(output, name), old, old)
  const upload = await openIn(output)
  await upload.abandon()
  expect((await readdir(output)).sort()).toEqual(['.upload-fedcba9876543210', '.upload-mine'])
})
