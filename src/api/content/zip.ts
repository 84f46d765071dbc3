import { makeZip, predictLength } from 'client-zip'
import type { Transfer } from '../../node/api.js'

/** One file as it stands in the archive. */
interface Member {
  readonly index: number
  readonly name: string
  readonly size: number
  readonly lastModified: Date
}

/** Those files of a transfer that are there or come; what is skipped and not there is left out. */
const membersOf = ({ files, summary }: Transfer): readonly Member[] =>
  files.flatMap(({ path, size, done, priority }, index) => {
    if (priority === 'skip' && done < size) return []
    const name = summary.isFolder ? `${summary.name}/${path}` : summary.name
    return [{ index, name, size, lastModified: new Date(summary.addedAt) }]
  })

export interface Zip {
  /** Bytes. */
  readonly length: bigint
  readonly stream: ReadableStream<Uint8Array>
}

/** The files of a transfer as an archive, not compressed, read one after the other as they come. */
export const zipOf = (transfer: Transfer, signal: AbortSignal): Zip => {
  const members = membersOf(transfer)
  const inputs = async function* () {
    for (const { index, ...member } of members) yield { ...member, input: transfer.read(index, { signal }) }
  }
  return { length: predictLength(members), stream: makeZip(inputs()) }
}
