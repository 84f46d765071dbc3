import type { Torrent } from '../torrent/torrent.js'
import type { Priority, TransferFile } from '../api.js'

/** The files of a torrent, with how much of each is there. */
export const filesOf = (torrent: Torrent, priorities: readonly Priority[]): TransferFile[] =>
  torrent.description.content.files.map(({ path, size }, file) => ({
    path: path.join('/'),
    size,
    done: doneOf(torrent, file, size),
    priority: priorities[file] ?? 'normal',
  }))

/** In v1 alone the first and the last chunk may hold bytes of other files too: they count as the file's own. */
const doneOf = ({ layout, has }: Torrent, file: number, size: number): number => {
  if (has.isFull) return size
  const { first, count } = layout.chunksOfFile(file)
  let done = 0
  for (let chunk = first; chunk < first + count; chunk++) if (has.has(chunk)) done += layout.lengthOf(chunk)
  return Math.min(size, done)
}
