import { execFileSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Format } from '../../test/interop/client/client.js'

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const MIB = 1024 * 1024
const UNITS: Readonly<Record<string, number>> = { M: MIB, G: 1024 * MIB }

/** Bytes of a size such as 256M or 1G. */
export const readSize = (text: string): number => {
  const [, count, unit = ''] = /^([1-9][0-9]*)([MG])$/.exec(text) ?? []
  const factor = UNITS[unit]
  if (factor === undefined) throw new Error(`--size ${text} is no size such as 256M or 1G`)
  return Number(count) * factor
}

/** A file of random bytes. */
export const makeFile = (path: string, size: number): void => {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(Math.min(size, 16 * MIB))
  for (let done = 0; done < size; done += block.length)
    writeSync(file, randomFillSync(block).subarray(0, size - done))
  closeSync(file)
}

export const makeTorrent = (content: string, torrent: string, format: Format): void => {
  if (!existsSync(PROGRAM)) throw new Error('there is no dist: npm run build')
  execFileSync(process.execPath, [PROGRAM, 'create', content, '-o', torrent, '--format', format])
}

/** Whether both hold the same bytes; a file that is not there is no copy. */
export const isIdentical = (original: string, copy: string): boolean => {
  if (!existsSync(copy)) return false
  const files = [original, copy].map((path) => openSync(path, 'r'))
  const buffers = files.map(() => Buffer.alloc(4 * MIB))
  try {
    for (let done = 0; ;) {
      const [left, right] = files.map((file, index) => {
        const buffer = buffers[index] ?? Buffer.alloc(0)
        return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, done))
      })
      if (left === undefined || right === undefined || !left.equals(right)) return false
      if (left.length === 0) return true
      done += left.length
    }
  } finally {
    for (const file of files) closeSync(file)
  }
}
