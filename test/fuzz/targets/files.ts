import { deepStrictEqual, ok } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerSettings } from '../../../src/cli/settings.js'
import { decodeSession, encodeRecord, joinSession } from '../../../src/node/session/record.js'
import { concatBytes, encodeUtf8 } from '../../../src/protocol/bytes.js'
import { readManifest } from '../../../src/storage/chunkFiles/manifest.js'
import { Journal } from '../../../src/storage/journal.js'
import {
  checkEntries,
  ConfigError,
  entryOf,
  readConfigFile,
  resolveConfig,
} from '../../../src/support/config.js'
import { formatBytes, parseBytes } from '../../../src/support/units.js'
import { bytesOf, jsonOf } from '../samples.js'
import { nothing, shoalErrors, type Target } from '../target.js'

let folder: string | undefined

/** A folder of this process, for decoders that read from disk. */
const folderOf = (name: string): string => {
  folder ??= mkdtempSync(join(tmpdir(), 'shoal-fuzz-'))
  const inside = join(folder, name)
  mkdirSync(inside, { recursive: true })
  return inside
}

/** Removes what the targets wrote. */
export const removeFiles = (): void => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  folder = undefined
}

/** Writes `input` as the file `name` in the folder of `target`, which is returned. */
const write = (target: string, name: string, input: Uint8Array): string => {
  const inside = folderOf(target)
  writeFileSync(join(inside, name), input)
  return inside
}

const KEY = bytesOf(32)
const HEADER = concatBytes([encodeUtf8('shoal journal 1\n'), KEY])
const RECORDS = [0, 1, 2 ** 31, 0xffffffff].map((chunk) =>
  concatBytes([Uint8Array.of(chunk >>> 24, chunk >>> 16, chunk >>> 8, chunk), bytesOf(32)]),
)
const RECORD_SIZE = 36

const readJournal = async (input: Uint8Array): Promise<unknown> => {
  const journal = await Journal.open(join(write('journal', 'j', input), 'j'), KEY)
  try {
    ok(journal.count * RECORD_SIZE <= input.length)
    const chunks: number[] = []
    for await (const batch of journal.batches()) chunks.push(...batch.map(({ chunk }) => chunk))
    ok(chunks.length === journal.count)
    return [chunks, journal.stamp]
  } finally {
    await journal.close()
  }
}

const journal: Target = {
  name: 'journal',
  seeds: [
    HEADER,
    concatBytes([HEADER, ...RECORDS]),
    concatBytes([HEADER, ...RECORDS.slice(0, 3), bytesOf(7)]),
  ],
  weight: 2,
  isDocumented: nothing,
  run: readJournal,
}

const manifest: Target = {
  name: 'manifest',
  seeds: [
    jsonOf({ name: 'film.mkv', size: 40_000, chunkSize: 16_384, chunks: Array(3).fill('ab'.repeat(32)) }),
    jsonOf({ name: 'empty', size: 0, chunkSize: 1, chunks: [] }),
  ],
  grammar: 'json',
  weight: 2,
  isDocumented: shoalErrors('VERIFICATION_FAILED', 'PATH_UNSAFE'),
  run: (input) => readManifest(write('manifest', 'x.manifest.json', input)),
}

const KNOWN = new Set(Object.values(peerSettings).map(entryOf))

const config: Target = {
  name: 'config',
  seeds: [
    jsonOf({
      port: 8001,
      tracker: ['10.0.0.1:8888', '[::1]:1'],
      noHttp: false,
      uploadLimit: '1.5M',
      output: '.',
    }),
    jsonOf({ host: '0.0.0.0', seedLimit: '4', http: '127.0.0.1:0', state: '/tmp', peer: 'a:1' }),
  ],
  grammar: 'json',
  weight: 4,
  isDocumented: (error) => error instanceof ConfigError,
  run: (input) => {
    const file = readConfigFile(write('config', 'shoal.config.json', input))
    checkEntries(file, KNOWN)
    return resolveConfig(peerSettings, { flags: {}, environment: {}, file })
  },
}

/** A damaged session remembers less, and is never an error. */
const session: Target = {
  name: 'session',
  seeds: [
    encodeUtf8(
      joinSession([
        encodeRecord({
          torrent: `${'ab'.repeat(32)}.torrent`,
          path: '/srv/film.mkv',
          work: 'seed',
          isPaused: true,
          addedAt: 1_700_000_000_000,
          shallSeed: true,
          priorities: [
            [2, 'skip'],
            [1, 'high'],
          ],
          isSequential: true,
          limits: { download: 5, upload: null },
          stamps: [[40_000, 1.5]],
        }),
      ]),
    ),
  ],
  grammar: 'json',
  weight: 100,
  isDocumented: nothing,
  run: (input) => {
    const records = decodeSession(new TextDecoder().decode(input))
    deepStrictEqual(
      decodeSession(joinSession(records.map(encodeRecord))),
      JSON.parse(JSON.stringify(records)),
    )
    return records
  },
}

const units: Target = {
  name: 'units',
  seeds: ['512', '10M', '1.5GiB', ' 0.000001 k ', '999999999999999P', '4 tib'].map(encodeUtf8),
  weight: 300,
  isDocumented: nothing,
  run: (input) => {
    const bytes = parseBytes(new TextDecoder().decode(input))
    if (bytes === undefined) return undefined
    ok(Number.isSafeInteger(bytes) && bytes >= 0)
    return [bytes, formatBytes(bytes)]
  },
}

export const fileTargets: readonly Target[] = [journal, manifest, config, session, units]
