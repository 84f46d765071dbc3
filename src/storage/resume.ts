import { Bitfield } from '../protocol/bitfield.js'
import { encodeUtf8, equalBytes } from '../protocol/bytes.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { verifyPieces } from './verifyPieces.js'
import type { Hash } from '../protocol/hash.js'
import type { Journal, JournalRecord } from './journal.js'
import type { Layout } from '../protocol/metainfo/layout.js'
import type { PartFiles } from './partFiles.js'

/** Chunks read and hashed at once: 1 MiB. */
const RUN_CHUNKS = 64

interface Download {
  readonly journal: Journal
  readonly parts: PartFiles
  readonly layout: Layout
  readonly sha256: Hash
  readonly piecesV1?: Uint8Array | undefined
  readonly proven?: Bitfield | undefined
}

/**
 * The chunks that are on disk and whole: those of the journal, believed where it was closed clean and the files look
 * as they did then, else read and hashed. Where `proven` says which are whole, these need no look, and all others one.
 * Leaves the journal with exactly these. Rejects with errors of the system.
 */
export const findVerified = async (download: Download): Promise<Bitfield> => {
  const { journal, layout } = download
  const recorded = Bitfield.empty(layout.chunkCount)
  for await (const batch of journal.batches()) for (const { chunk } of batch) recorded.add(chunk)
  const isClean =
    download.proven === undefined &&
    journal.stamp !== undefined &&
    equalBytes(journal.stamp, await stampOf(download, recorded))
  const isKnown = isClean || recorded.count === 0
  const verified = isKnown ? recorded : await verify(download, recorded)
  if (journal.count === verified.count) await journal.trim()
  else await journal.compact(verified)
  return verified
}

/** A hash over the chunks there are and over how their files look: size, time of change, identity. */
export const stampOf = async (
  { parts, layout, sha256 }: Pick<Download, 'parts' | 'layout' | 'sha256'>,
  chunks: Bitfield,
): Promise<Uint8Array> => {
  let text = Buffer.from(sha256(chunks.bytes)).toString('hex')
  for (const file of filesOf(layout, chunks)) {
    const sight = await parts.sightOf(file)
    text += `\n${file} ${sight?.size} ${sight?.mtimeNs} ${sight?.ino}`
  }
  return sha256(encodeUtf8(text))
}

/** The files that hold at least one of `chunks`. */
export const filesOf = (layout: Layout, chunks: Bitfield): number[] => {
  const files: number[] = []
  for (let file = 0; file < layout.fileCount; file++) {
    const { first, count } = layout.chunksOfFile(file)
    if (chunks.countIn(first, count) > 0) files.push(file)
  }
  return files
}

const verify = async (download: Download, recorded: Bitfield): Promise<Bitfield> => {
  const { parts, layout, piecesV1, proven } = download
  const known = Bitfield.empty(layout.chunkCount)
  for (const chunk of proven ?? []) if (recorded.has(chunk)) known.add(chunk)
  if (piecesV1 === undefined) return verifyLeaves(download, known)
  return verifyPieces(parts, layout, piecesV1, proven === undefined ? recorded : known)
}

/** Adds to `verified`, of which no more is looked at. */
const verifyLeaves = async (download: Download, verified: Bitfield): Promise<Bitfield> => {
  const rest = Bitfield.full(download.layout.chunkCount)
  for (const chunk of verified) rest.delete(chunk)
  for await (const batch of download.journal.batches()) {
    const records = batch.filter(({ chunk }) => rest.delete(chunk))
    records.sort((left, right) => left.chunk - right.chunk)
    for (const run of runsOf(records, download.layout)) await verifyRun(download, run, verified)
  }
  return verified
}

const runsOf = (records: readonly JournalRecord[], layout: Layout): JournalRecord[][] => {
  const runs: JournalRecord[][] = []
  for (const record of records) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const isNext =
      last?.chunk === record.chunk - 1 && layout.streamOf(last.chunk) === layout.streamOf(record.chunk)
    if (run && isNext && run.length < RUN_CHUNKS) run.push(record)
    else runs.push([record])
  }
  return runs
}

/** Data that cannot be read is data that is not there. */
const verifyRun = async (
  { parts, layout, sha256 }: Download,
  run: readonly JournalRecord[],
  verified: Bitfield,
): Promise<void> => {
  const first = layout.spanOf(run[0]?.chunk ?? 0)
  const last = layout.spanOf(run.at(-1)?.chunk ?? 0)
  const buffer = Buffer.allocUnsafe(last.offset + last.length - first.offset)
  try {
    if (!(await parts.isThere(first.stream, first.offset, buffer.length))) return
    await parts.read(first.stream, [buffer], first.offset)
  } catch {
    return
  }
  run.forEach(({ chunk, leaf }, index) => {
    const data = buffer.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE)
    if (equalBytes(sha256(data), leaf)) verified.add(chunk)
  })
}
