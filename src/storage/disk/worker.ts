import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { digestsOf, type Place, type Run } from './run.js'

/** What the disk thread answers to a run, in the order of the runs. An error travels as its parts. */
export interface Answer {
  readonly memory: Uint8Array<ArrayBuffer>
  readonly digests: Uint8Array<ArrayBuffer> | undefined
  readonly failure: { readonly code: string | undefined; readonly message: string } | undefined
}

const writePlace = (bytes: Uint8Array, { descriptor, position }: Place): void => {
  if (descriptor === undefined) return
  for (let done = 0; done < bytes.length;)
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done)
}

const writeRun = ({ memory, start, places }: Run): void => {
  let place = start
  for (const each of places) {
    writePlace(memory.subarray(place, place + each.length), each)
    place += each.length
  }
}

/** Hashed first: what lies in a core's cache by that is written without being fetched again. */
const answer = (run: Run): Answer => {
  const { memory } = run
  try {
    const digests = digestsOf(run)
    writeRun(run)
    return { memory, digests, failure: undefined }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { memory, digests: undefined, failure: { code, message } }
  }
}

parentPort?.on('message', (run: Run) => {
  const answered = answer(run)
  parentPort?.postMessage(answered, [answered.memory.buffer])
})
