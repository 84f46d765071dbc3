import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { codeFrom, makeFolder, openDownload, optionsFor, Sample } from './sample.contract.js'
import { StreamSample } from './streamSample.contract.js'
import type { DownloadFiles, DownloadOptions } from './downloadFiles.js'

/** What is verified at once: by BEP 52 a chunk alone, in v1 alone a piece. */
interface Subject {
  readonly sample: Sample | StreamSample
  confirmedWith(chunk: number): readonly number[]
  confirm(files: DownloadFiles, chunk: number): void
}

const CHUNKS = 10

const tree = new Sample({ a: 5 * CHUNK_SIZE + 3, 'b/c': 10, 'b/empty': 0, d: 3 * CHUNK_SIZE }, 2 * CHUNK_SIZE)
const TREE: Subject = {
  sample: tree,
  confirmedWith: (chunk) => [chunk],
  confirm: (files, chunk) => files.confirm(chunk, 1, tree.leaf(chunk)),
}

const stream = new StreamSample(
  { a: 50_000, 'b/c': 10, 'b/empty': 0, pad1: 17_000, 'b/d': 1, pad2: 5, e: 32_984 },
  20_000,
)
const STREAM: Subject = {
  sample: stream,
  confirmedWith: (chunk) => stream.chunksOf(stream.layout.pieceOf(chunk)),
  confirm: (files, chunk) => files.confirm(chunk, 1, undefined),
}

/** What a chunk should be: wrong bytes that were not verified, right ones, right and verified. */
type Expected = 'wrong' | 'right' | 'confirmed'

/** The real files beside a model of them. */
class Pair {
  readonly model = new Map<number, Expected>()
  files!: DownloadFiles

  constructor(
    readonly subject: Subject,
    readonly folder: string,
  ) {}

  get sample(): Sample | StreamSample {
    return this.subject.sample
  }

  async open(folder = this.folder): Promise<void> {
    const { files, has } = await openDownload(optionsOf(this.sample, folder))
    this.files = files
    for (const [chunk, expected] of this.model) if (expected !== 'confirmed') this.model.delete(chunk)
    expect([...has]).toEqual([...this.model.keys()].sort((left, right) => left - right))
  }

  write(chunk: number, isRight: boolean): void {
    const data = isRight ? this.sample.data(chunk) : this.#wrong(chunk)
    expect(this.files.write(chunk, data)).toBe(true)
    data.fill(0)
    if (this.model.get(chunk) !== 'confirmed') this.model.set(chunk, isRight ? 'right' : 'wrong')
  }

  take(chunk: number): void {
    for (const one of this.subject.confirmedWith(chunk)) this.write(one, true)
    this.confirm(chunk)
  }

  confirm(chunk: number): void {
    const together = this.subject.confirmedWith(chunk)
    if (together.some((one) => (this.model.get(one) ?? 'wrong') === 'wrong')) return
    for (const one of together) {
      this.subject.confirm(this.files, one)
      this.model.set(one, 'confirmed')
    }
  }

  /** Nobody discards what was verified: once it is in the journal, a later start finds it again. */
  discard(chunk: number): void {
    if (this.subject.confirmedWith(chunk).some((one) => this.model.get(one) === 'confirmed')) return
    for (const one of this.subject.confirmedWith(chunk)) {
      this.files.discard(one)
      this.model.delete(one)
    }
  }

  async compare(): Promise<void> {
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      const expected = this.model.get(chunk)
      if (expected === undefined) expect(await codeFrom(() => this.files.read(chunk))).toBe('DISK_FAILED')
      else {
        const data = await this.files.read(chunk)
        expect((expected === 'wrong' ? this.#wrong(chunk) : this.sample.data(chunk)).equals(data)).toBe(true)
      }
    }
  }

  async reopen(): Promise<void> {
    await this.files.close()
    await this.open()
  }

  /** What another process would find if this one died after a flush. */
  async die(): Promise<void> {
    await this.files.flush()
    const copy = `${this.folder}-copy`
    await cp(this.folder, copy, { recursive: true })
    await this.files.close()
    await rm(this.folder, { recursive: true })
    await cp(copy, this.folder, { recursive: true })
    await rm(copy, { recursive: true })
    await rm(join(this.folder, 'state', 'sample.journal.lock'))
    await this.open()
  }

  async end(): Promise<void> {
    const isWhole = this.model.size === CHUNKS && [...this.model.values()].every((is) => is === 'confirmed')
    expect(await codeFrom(() => this.files.finish())).toBe(isWhole ? 'no error' : 'VERIFICATION_FAILED')
    await this.files.close()
  }

  /** Wrong in every byte, but not where there is nothing to be wrong on disk. */
  #wrong(chunk: number): Buffer {
    return this.sample.data(chunk).map((byte) => (byte === 0 ? 0 : 255)) as Buffer
  }
}

const optionsOf = (sample: Sample | StreamSample, folder: string): DownloadOptions =>
  sample instanceof Sample ? optionsFor(sample, folder) : sample.options(folder)

const chunks = fc.nat(CHUNKS - 1)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('write' as const), chunks, fc.boolean()) },
  { weight: 8, arbitrary: fc.tuple(fc.constant('take' as const), chunks) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('confirm' as const), chunks) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('discard' as const), chunks) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('turn' as const)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('flush' as const)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('compare' as const)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('reopen' as const)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('die' as const)) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const play = async (pair: Pair, [kind, chunk = 0, isRight = true]: Step): Promise<void> => {
  switch (kind) {
    case 'write':
      return pair.write(chunk, isRight)
    case 'take':
      return pair.take(chunk)
    case 'confirm':
      return pair.confirm(chunk)
    case 'discard':
      return pair.discard(chunk)
    case 'turn':
      return new Promise((resolve) => setImmediate(resolve))
    case 'flush':
      return pair.files.flush()
    case 'compare':
      return pair.compare()
    case 'reopen':
      return pair.reopen()
    case 'die':
      return pair.die()
  }
}

it.each([
  ['chunk by chunk', TREE],
  ['piece by piece (v1)', STREAM],
])(
  'D3 F1 any order of writing, confirming, discarding, closing and dying keeps what was confirmed, %s',
  async (_, subject) => {
    expect(subject.sample.layout.chunkCount).toBe(CHUNKS)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const pair = new Pair(subject, join(await makeFolder(), 'download'))
        await pair.open()
        for (const one of steps) await play(pair, one)
        await pair.compare()
        await pair.end()
      }),
      { numRuns: 25, interruptAfterTimeLimit: 2500 },
    )
  },
)
