import { spawn } from 'node:child_process'
import {
  appendFile,
  copyFile,
  mkdir,
  open,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { parseRootHash } from '../protocol/ids.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { expectSame, makeFolder, openDownload, optionsFor, Sample, sha256 } from './sample.contract.js'
import type { DownloadOptions } from './downloadFiles.js'

const SAMPLE = new Sample(20 * CHUNK_SIZE + 5)

/** A folder where the first ten chunks of `SAMPLE` were downloaded and the download was closed. */
const begin = async (): Promise<string> => {
  const folder = await makeFolder()
  const { files } = await openDownload(optionsFor(SAMPLE, folder))
  SAMPLE.fill(files, Array(10).keys())
  await files.close()
  return folder
}

const partOf = (folder: string): string => join(folder, 'out', 'sample.part')
const journalOf = (folder: string): string => join(folder, 'state', 'sample.journal')

const overwrite = async (path: string, offset: number, text: string): Promise<void> => {
  const handle = await open(path, 'r+')
  await handle.write(text, offset)
  await handle.close()
}

const resume = async (folder: string, more: Partial<DownloadOptions> = {}): Promise<number[]> => {
  const { files, has } = await openDownload(optionsFor(SAMPLE, folder, more))
  for (const chunk of has) expectSame(await files.read(chunk), SAMPLE.data(chunk))
  await files.close()
  return [...has]
}

const TEN = [...Array(10).keys()]

describe('F1 resuming', () => {
  it('believes a clean journal without reading the data', async () => {
    const folder = await begin()
    let hashed = 0
    const counting = (data: Uint8Array): Uint8Array => {
      if (data.length === CHUNK_SIZE) hashed++
      return sha256(data)
    }
    for (let times = 0; times < 3; times++) expect(await resume(folder, { sha256: counting })).toEqual(TEN)
    expect(hashed).toBe(0)
  })

  it('finds out what was changed', async () => {
    const folder = await begin()
    await overwrite(partOf(folder), 3 * CHUNK_SIZE + 9, 'x')
    expect(await resume(folder)).toEqual(TEN.filter((chunk) => chunk !== 3))
    expect(await resume(folder)).toEqual(TEN.filter((chunk) => chunk !== 3))
  })

  it('keeps what was only touched', async () => {
    const folder = await begin()
    await utimes(partOf(folder), 1, 1)
    expect(await resume(folder)).toEqual(TEN)
  })

  it('keeps of a truncated part what is left, and completes it', async () => {
    const folder = await begin()
    await truncate(partOf(folder), 5 * CHUNK_SIZE + 1)
    expect(await resume(folder)).toEqual([0, 1, 2, 3, 4])
    const { files } = await openDownload(optionsFor(SAMPLE, folder))
    SAMPLE.fill(files)
    expectSame(await readFile(await files.finish()), SAMPLE.file(0))
  })

  it('begins anew where the part was deleted', async () => {
    const folder = await begin()
    await rm(partOf(folder))
    expect(await resume(folder)).toEqual([])
  })

  it('begins anew where the part was replaced by an empty one of its size', async () => {
    const folder = await begin()
    await writeFile(partOf(folder), Buffer.alloc(20 * CHUNK_SIZE + 5))
    expect(await resume(folder)).toEqual([])
  })

  it('survives torn, repeated and senseless records', async () => {
    const folder = await begin()
    const record = Buffer.alloc(36, 7)
    record.writeUInt32BE(12)
    await appendFile(
      journalOf(folder),
      Buffer.concat([record, record, Buffer.alloc(36), Buffer.alloc(35, 0xff)]),
    )
    // A record of zeros is the last of chunk 0, and its hash is not that of the data.
    expect(await resume(folder)).toEqual(TEN.slice(1))
    expect((await stat(journalOf(folder))).size).toBe(48 + (9 + 1) * 36)
  })

  it('survives any journal cut anywhere', async () => {
    const folder = await begin()
    const whole = await readFile(journalOf(folder))
    for (const length of [0, 1, 47, 48, 49, 84, 100, whole.length - 1]) {
      await writeFile(journalOf(folder), whole.subarray(0, length))
      const records = Math.max(0, Math.floor((length - 48) / 36))
      expect((await resume(folder)).length).toBe(records)
    }
  })

  it('begins anew with garbage, and with the journal of another torrent', async () => {
    const folder = await begin()
    expect(await resume(folder, { identity: 'another' })).toEqual([])
    const other = await begin()
    await writeFile(journalOf(other), Buffer.alloc(5000, 'garbage'))
    expect(await resume(other)).toEqual([])
  })

  it('D3 believes nothing that was verified against another root, whatever the identity', async () => {
    const folder = await begin()
    const { content } = optionsFor(SAMPLE, folder)
    const rootHash = parseRootHash('ab'.repeat(32))
    const other = { ...content, files: content.files.map((file) => ({ ...file, rootHash })) }
    expect(await resume(folder, { content: other })).toEqual([])
  })

  it('does not find again what was discarded', async () => {
    const folder = await begin()
    const { files } = await openDownload(optionsFor(SAMPLE, folder))
    files.discard(4)
    await files.close()
    expect(await resume(folder)).toEqual(TEN.filter((chunk) => chunk !== 4))
  })

  it('finds, without a close, what was flushed', async () => {
    const folder = await begin()
    const copy = await makeFolder()
    const { files } = await openDownload(optionsFor(SAMPLE, folder))
    SAMPLE.fill(files, [15, 20])
    await files.flush()
    for (const name of ['out', 'state']) await mkdir(join(copy, name))
    await copyFile(partOf(folder), partOf(copy))
    await copyFile(journalOf(folder), journalOf(copy))
    expect(await resume(copy)).toEqual([...TEN, 15, 20])
  })

  it('keeps the journal small, however often chunks are discarded and written again', async () => {
    const folder = await makeFolder()
    const sample = new Sample(CHUNK_SIZE)
    const { files } = await openDownload(optionsFor(sample, folder))
    for (let times = 0; times < 1200; times++) {
      sample.fill(files)
      await files.flush()
      files.discard(0)
    }
    expect((await stat(journalOf(folder))).size).toBeLessThan(48 + 36 * 1100)
  })
})

/** Writes chunk after chunk of 16 MiB, and prints how many are flushed. */
const CHILD = `
import { createHash } from 'node:crypto'
const [modules, folder] = process.argv.slice(2)
const { DownloadFiles } = await import(modules + 'storage/downloadFiles.js')
const { Layout } = await import(modules + 'protocol/metainfo/layout.js')
const { Bitfield } = await import(modules + 'protocol/bitfield.js')
const sha256 = (data) => createHash('sha256').update(data).digest()
const content = { name: 'sample', isFolder: false, pieceLength: 65536, files: [{ path: ['sample'], size: 16777216 }] }
const layout = new Layout(content)
const { files } = await DownloadFiles.open({ content, layout, folder: folder + '/out', journal: folder + '/state/sample.journal',
  wanted: Bitfield.full(1024), identity: 'sample', sha256, onFailure() {}, onReady() {} })
for (let chunk = 0; chunk < 1024; chunk++) {
  const data = Buffer.alloc(16384, (chunk * 31 + 1) % 251)
  data.writeUInt32BE(chunk)
  files.write(chunk, data)
  files.confirm(chunk, 1, sha256(data))
  if (chunk % 100 === 99) {
    await files.flush()
    console.log(chunk + 1)
  }
}
setInterval(() => {}, 1000)
`

describe('F1 kill -9', () => {
  it('in the middle of writing loses nothing that was flushed, and keeps nothing wrong', async () => {
    const folder = await makeFolder()
    const script = join(folder, 'child.mjs')
    await writeFile(script, CHILD)
    const modules = new URL('../../dist/', import.meta.url).href
    const child = spawn(process.execPath, [script, modules, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
    let flushed = 0
    for await (const line of createInterface(child.stdout)) {
      flushed = Number(line)
      if (flushed >= 400) child.kill('SIGKILL')
    }
    expect(await ended).toBe('SIGKILL')
    const sample = new Sample(16 * 1024 * 1024)
    const { files, has } = await openDownload(optionsFor(sample, folder))
    for (let chunk = 0; chunk < flushed; chunk++) expect(has.has(chunk)).toBe(true)
    for (const chunk of has)
      expect(sample.data(chunk).equals(await files.read(chunk)), `chunk ${chunk}`).toBe(true)
    sample.fill(files)
    expect(sample.file(0).equals(await readFile(await files.finish()))).toBe(true)
  })
})
