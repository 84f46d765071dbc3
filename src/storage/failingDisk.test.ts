import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { expectSame, codeFrom, makeFolder, openDownload, optionsFor, Sample } from './sample.contract.js'

const mounted: string[] = []

afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', ['-l', folder])
})

/** A file system of 1 MiB in memory at `folder`; undefined where mounting is not permitted. */
const mountSmall = async (folder: string): Promise<boolean> => {
  if (process.platform !== 'linux') return false
  await mkdir(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder], { stdio: 'ignore' })
  } catch {
    return false
  }
  mounted.push(folder)
  return true
}

const remount = (folder: string, mode: 'ro' | 'rw'): void => {
  execFileSync('mount', ['-o', `remount,${mode}`, folder])
}

const NOT_PERMITTED = 'mounting a file system needs root on Linux'

/** What a download was told, and a wait for it to be told that all is well. */
const witness = () => {
  const failures: string[] = []
  let ready = (): void => undefined
  const mended = new Promise<void>((resolve) => (ready = resolve))
  return {
    failures,
    mended,
    onFailure: (error: { code: string }) => failures.push(error.code),
    onReady: () => ready(),
  }
}

describe('F1 a disk that fails', () => {
  it('for want of room keeps what is in memory, says so once, goes on when there is room', async ({
    skip,
  }) => {
    const folder = await makeFolder()
    if (!(await mountSmall(join(folder, 'out')))) return skip(NOT_PERMITTED)
    await writeFile(join(folder, 'out', 'ballast'), Buffer.alloc(512 * 1024))
    const sample = new Sample(900 * 1024)
    const { failures, mended, ...callbacks } = witness()
    const { files } = await openDownload(optionsFor(sample, folder, callbacks))
    sample.fill(files)
    expect(await codeFrom(() => files.finish())).toBe('DISK_FULL')
    expect(await codeFrom(() => files.finish())).toBe('DISK_FULL')
    expect(failures).toEqual(['DISK_FULL'])
    expect(files.isBehind).toBe(true)
    for (const chunk of sample.all) expectSame(await files.read(chunk), sample.data(chunk))
    await rm(join(folder, 'out', 'ballast'))
    await mended
    expect(files.isBehind).toBe(false)
    expectSame(await readFile(await files.finish()), sample.file(0))
    expect(failures).toEqual(['DISK_FULL'])
  })

  it('for want of room still finds after a restart what was written', async ({ skip }) => {
    const folder = await makeFolder()
    if (!(await mountSmall(join(folder, 'out')))) return skip(NOT_PERMITTED)
    const sample = new Sample(2 * 1024 * 1024)
    const first = await openDownload(optionsFor(sample, folder, witness()))
    sample.fill(first.files)
    await first.files.close()
    const { files, has } = await openDownload(optionsFor(sample, folder, witness()))
    expect(has.count).toBeGreaterThan((700 * 1024) / CHUNK_SIZE)
    expect(has.count).toBeLessThanOrEqual((1024 * 1024) / CHUNK_SIZE)
    for (const chunk of has) expectSame(await files.read(chunk), sample.data(chunk))
  })

  it('as read only says so, and goes on when it is writable', async ({ skip }) => {
    const folder = await makeFolder()
    const out = join(folder, 'out')
    if (!(await mountSmall(out))) return skip(NOT_PERMITTED)
    const sample = new Sample({ a: 50_000, b: 60_000 })
    remount(out, 'ro')
    expect(await codeFrom(() => openDownload(optionsFor(sample, folder)))).toBe('DISK_FAILED')
    remount(out, 'rw')
    const { failures, mended, ...callbacks } = witness()
    const { files } = await openDownload(optionsFor(sample, folder, callbacks))
    remount(out, 'ro')
    sample.fill(files)
    expect(await codeFrom(() => files.flush())).toBe('DISK_FAILED')
    remount(out, 'rw')
    await files.flush()
    await mended
    await files.finish()
    expect(failures).toEqual(['DISK_FAILED'])
    expectSame(await readFile(join(out, 'sample', 'b')), sample.file(1))
  })

  it('under the journal alone keeps data and journal until there is room', async ({ skip }) => {
    const folder = await makeFolder()
    const state = join(folder, 'state')
    if (!(await mountSmall(state))) return skip(NOT_PERMITTED)
    const sample = new Sample(400 * CHUNK_SIZE)
    const { failures, mended, ...callbacks } = witness()
    const { files } = await openDownload(optionsFor(sample, folder, callbacks))
    await writeFile(join(state, 'ballast'), Buffer.alloc(2 ** 20)).catch(() => undefined)
    sample.fill(files)
    expect(await codeFrom(() => files.flush())).toBe('DISK_FULL')
    await rm(join(state, 'ballast'))
    await files.flush()
    await mended
    await files.close()
    const again = await openDownload(optionsFor(sample, folder))
    expect(failures).toEqual(['DISK_FULL'])
    expect(again.has.isFull).toBe(true)
  })

  it('is told of at the start where a folder cannot be made', async () => {
    const folder = await makeFolder()
    await writeFile(join(folder, 'out'), 'a file')
    expect(await codeFrom(() => openDownload(optionsFor(new Sample(1), folder)))).toBe('DISK_FAILED')
    expect(await codeFrom(() => openDownload(optionsFor(new Sample(1), join(folder, 'out'))))).toBe(
      'DISK_FAILED',
    )
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('a file')
  })
})
