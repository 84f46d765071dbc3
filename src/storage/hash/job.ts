import { createHash, hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { ShoalError } from '../../protocol/errors.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { HASH_SIZE, subtreeRoot } from '../../protocol/merkle/tree.js'
import { SHA1_SIZE } from '../../protocol/metainfo/pieceHash.js'
import { diskError } from './diskError.js'

/** Bytes read at once: a whole number of chunks, small enough to stay in a core's cache. */
const READ_SIZE = 512 * 1024

/** A run of bytes of one file, or as many zeros where `path` is undefined. */
export interface Part {
  readonly path: string | undefined
  readonly offset: number
  readonly length: number
}

/** One piece to hash. */
export interface PieceTask {
  /** The piece's number, for whoever made the task. */
  readonly piece: number
  /** In order. Where `height` is given there is one. */
  readonly parts: readonly Part[]
  /** Levels of the merkle tree over the piece's chunks; undefined: no SHA-256 is taken. */
  readonly height: number | undefined
  /** Whether the SHA-1 is taken, and over how many zeros after the parts; undefined: none. */
  readonly zeros: number | undefined
}

export type Job = readonly PieceTask[]

/** Hashes of a job's pieces, strung together in the job's order. */
export interface JobResult {
  /** 32 bytes for each chunk. */
  readonly leaves: Uint8Array<ArrayBuffer>
  /** 32 bytes for each piece. */
  readonly roots: Uint8Array<ArrayBuffer>
  /** 20 bytes for each piece. */
  readonly sha1: Uint8Array<ArrayBuffer>
}

/** As text a digest lies in the heap of JavaScript; as a buffer it has memory of its own, which takes four times as long. */
const digest = (algorithm: string, data: Uint8Array): string => hash(algorithm, data, 'binary')

export const sha256 = (data: Uint8Array): Uint8Array => bytesIn(digest('sha256', data))
export const sha1 = (data: Uint8Array): Uint8Array => bytesIn(digest('sha1', data))

/** Writes the SHA-256 of `data` into `bytes` from `offset` on. */
export const writeSha256 = (data: Uint8Array, bytes: Uint8Array, offset: number): void =>
  writeBytes(digest('sha256', data), bytes, offset)

const bytesIn = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  writeBytes(text, bytes, 0)
  return bytes
}

const writeBytes = (text: string, bytes: Uint8Array, offset: number): void => {
  for (let index = 0; index < text.length; index++) bytes[offset + index] = text.charCodeAt(index)
}

/** Bytes that a task reads. */
export const bytesOf = (task: PieceTask): number => task.parts.reduce((total, part) => total + part.length, 0)

const chunksOf = (task: PieceTask): number =>
  task.height === undefined ? 0 : Math.ceil(bytesOf(task) / CHUNK_SIZE)

const buffer = new Uint8Array(READ_SIZE)
const zeros = new Uint8Array(READ_SIZE)

/**
 * Reads and hashes the pieces of one job, on this thread, without yielding.
 *
 * @throws ShoalError FILE_CHANGED when a file is shorter than the job says, DISK_FAILED
 */
export const runJob = (job: Job): JobResult => {
  const leaves = new Uint8Array(job.reduce((total, task) => total + chunksOf(task), 0) * HASH_SIZE)
  const roots = new Uint8Array(job.length * HASH_SIZE)
  const digests = new Uint8Array(job.length * SHA1_SIZE)
  const file = new OpenFile()
  let leaf = 0
  try {
    for (const [index, task] of job.entries()) {
      const hashed = hashPiece(task, file)
      for (const one of hashed.leaves) leaves.set(one, HASH_SIZE * leaf++)
      if (task.height !== undefined) {
        roots.set(subtreeRoot(sha256, hashed.leaves, task.height), index * HASH_SIZE)
      }
      if (hashed.sha1) digests.set(hashed.sha1, index * SHA1_SIZE)
    }
  } finally {
    file.close()
  }
  return { leaves, roots, sha1: digests }
}

interface HashedPiece {
  readonly leaves: readonly Uint8Array[]
  readonly sha1: Uint8Array | undefined
}

const hashPiece = (task: PieceTask, file: OpenFile): HashedPiece => {
  const stream = task.zeros === undefined ? undefined : createHash('sha1')
  const leaves: Uint8Array[] = []
  for (const part of task.parts) {
    for (let done = 0; done < part.length; done += READ_SIZE) {
      const length = Math.min(READ_SIZE, part.length - done)
      const data =
        part.path === undefined ? zeros.subarray(0, length) : file.read(part.path, part.offset + done, length)
      stream?.update(data)
      if (task.height !== undefined) hashChunks(data, leaves)
    }
  }
  for (let left = task.zeros ?? 0; left > 0; left -= READ_SIZE) {
    stream?.update(zeros.subarray(0, Math.min(READ_SIZE, left)))
  }
  return { leaves, sha1: stream?.digest() }
}

const hashChunks = (data: Uint8Array, leaves: Uint8Array[]): void => {
  for (let offset = 0; offset < data.length; offset += CHUNK_SIZE) {
    leaves.push(sha256(data.subarray(offset, offset + CHUNK_SIZE)))
  }
}

/** The file read last, kept open as its pieces follow one another. */
class OpenFile {
  #path: string | undefined
  #descriptor: number | undefined

  /** A view of the shared buffer, valid until the next read. */
  read(path: string, offset: number, length: number): Uint8Array {
    try {
      const descriptor = this.#open(path)
      let filled = 0
      while (filled < length) {
        const count = readSync(descriptor, buffer, filled, length - filled, offset + filled)
        if (count === 0) throw new ShoalError('FILE_CHANGED', `${path} became shorter while it was read`)
        filled += count
      }
      return buffer.subarray(0, length)
    } catch (error) {
      throw diskError(error, path)
    }
  }

  #open(path: string): number {
    if (this.#descriptor !== undefined && this.#path === path) return this.#descriptor
    this.close()
    this.#descriptor = openSync(path, 'r')
    this.#path = path
    return this.#descriptor
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
