import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { PieceHashes } from './pieceHashes.js'
import { digestsOf, type Place, type Run } from './run.js'

/** What the disk thread is told: a run of one of those who have it open, or undefined when that one has closed it. */
export interface Order {
  readonly owner: number
  readonly run: Run | undefined
}

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

/**
 * Hashed first: what lies in a core's cache by that is written without being fetched again. A run that cannot be written
 * comes again: until then its piece must have no digest.
 */
const answer = (run: Run, pieces: PieceHashes): Answer => {
  const { memory, digest } = run
  try {
    const digests = digestsOf(run, pieces)
    writeRun(run)
    return { memory, digests, failure: undefined }
  } catch (error) {
    if (typeof digest === 'object') pieces.forget(digest.piece)
    const { code, message } = error as NodeJS.ErrnoException
    return { memory, digests: undefined, failure: { code, message } }
  }
}

/** Each owner's own: two downloads may have pieces of the same number. */
const hashes = new Map<number, PieceHashes>()

const hashesOf = (owner: number): PieceHashes => {
  const known = hashes.get(owner) ?? new PieceHashes()
  hashes.set(owner, known)
  return known
}

parentPort?.on('message', ({ owner, run }: Order) => {
  if (run === undefined) return void hashes.delete(owner)
  const answered = answer(run, hashesOf(owner))
  parentPort?.postMessage(answered, [answered.memory.buffer])
})
