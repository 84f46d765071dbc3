import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../support/silentLogger.contract.js'
import { FileLists } from './infoHashLists.js'
import { ask, from } from './simpleClient.contract.js'
import { startTracker } from './tracker.js'

let folder: string
let lists: FileLists | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-lists-'))
})
afterEach(async () => {
  lists?.close()
  await rm(folder, { recursive: true })
})

const hash = (byte: number): Uint8Array => new Uint8Array(20).fill(byte)
const digits = (byte: number, count = 20): string => byte.toString(16).padStart(2, '0').repeat(count)

const write = async (name: string, ...lines: readonly string[]): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, lines.join('\n'))
  return path
}

const openLists = async (allow: string | undefined, deny: string | undefined): Promise<FileLists> => {
  lists = await FileLists.open({ allow, deny }, silentLogger, 20)
  return lists
}

const served = (all: FileLists, ...bytes: readonly number[]): readonly number[] =>
  bytes.filter((byte) => all.refusalOf(hash(byte)) === undefined)

test('without lists everything is served', async () => {
  expect(served(await openLists(undefined, undefined), 1, 2)).toEqual([1, 2])
})

test('with an allow-list nothing else is served, and a deny-list is stronger', async () => {
  const allow = await write(
    'allow',
    '# ours',
    digits(1),
    '',
    `  ${digits(2).toUpperCase()}  # two`,
    digits(3, 32),
  )
  const deny = await write('deny', digits(2), digits(9))
  expect(served(await openLists(allow, deny), 1, 2, 3, 4, 9)).toEqual([1, 3])
})

test('a list that changes is read again, and one that cannot be read leaves the last in force', async () => {
  const deny = await write('deny', digits(1))
  const all = await openLists(undefined, deny)
  await write('deny', digits(2))
  await expect.poll(() => served(all, 1, 2)).toEqual([1])
  await write('deny', 'no info-hash')
  await all.reload()
  expect(served(all, 1, 2)).toEqual([1])
})

test('a list that cannot be read, or has a line that is none, keeps the tracker from starting', async () => {
  const bad = await write('bad', digits(1), 'abc')
  await expect(openLists(undefined, bad)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('line 2') as string,
  })
  await expect(openLists(join(folder, 'missing'), undefined)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
})

test('what is on the deny-list cannot be shared', async () => {
  const tracker = await startTracker({
    host: '127.0.0.1',
    port: 0,
    lists: { allow: undefined, deny: await write('deny', digits(0xab, 32)) },
    logger: silentLogger,
  })
  const share = (infoHash: string) =>
    ask(tracker.endpoint, { OP_CODE: 140, ...from(1), FILE_NAME: 'a', NUM_OF_CHUNKS: 1, INFO_HASH: infoHash })
  expect(await share(digits(0xab, 32))).toMatchObject({ RET_CODE: 403 })
  expect(await share(digits(0xcd, 32))).toMatchObject({ RET_CODE: 200 })
  await tracker.stop()
})
