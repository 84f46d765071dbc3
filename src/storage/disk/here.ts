import { write } from 'node:fs'
import { promisify } from 'node:util'
import type { Disk } from './disk.js'
import { digestsOf, type Place, type Run, type RunResult } from './run.js'

const writeSome = promisify(write)

const writePlace = async (bytes: Uint8Array, { descriptor, position }: Place): Promise<void> => {
  if (descriptor === undefined) return
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await writeSome(descriptor, bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/**
 * Hashes on this thread: for little content, which is done before another thread has started. The system lets one write
 * to a file at once, and others that try only cost time.
 */
export const diskHere: Disk = {
  depth: 1,
  put: async (run: Run): Promise<RunResult> => {
    const { memory } = run
    try {
      let start = run.start
      for (const place of run.places) {
        await writePlace(memory.subarray(start, start + place.length), place)
        start += place.length
      }
      return { memory, digests: digestsOf(run), error: undefined }
    } catch (error) {
      return { memory, digests: undefined, error }
    }
  },
  close: () => undefined,
}
