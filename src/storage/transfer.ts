import type { FileHandle } from 'node:fs/promises'

/** Writes all of `buffers`, however little the system takes at once, and rejects as soon as it takes none. */
export const writeFully = async (
  handle: FileHandle,
  buffers: readonly Uint8Array[],
  offset: number,
): Promise<void> => {
  let rest = buffers
  let position = offset
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, position)
    position += bytesWritten
    rest = after(rest, bytesWritten)
  }
}

/** Fills `buffers`, one after another, as far as the file goes; returns whether they are full. */
export const readFully = async (
  handle: FileHandle,
  buffers: readonly Uint8Array[],
  offset: number,
): Promise<boolean> => {
  let rest = buffers
  let position = offset
  while (rest.length > 0) {
    const { bytesRead } = await handle.readv(rest, position)
    if (bytesRead === 0) return false
    position += bytesRead
    rest = after(rest, bytesRead)
  }
  return true
}

/** Bytes of all `buffers`. */
export const lengthOf = (buffers: readonly Uint8Array[]): number =>
  buffers.reduce((total, buffer) => total + buffer.length, 0)

/** `length` bytes of `buffers`, taken as one run, from `start` on; views, no copies. */
export const sliceOf = (buffers: readonly Uint8Array[], start: number, length: number): Uint8Array[] => {
  const slices: Uint8Array[] = []
  let skip = start
  let rest = length
  for (const buffer of buffers) {
    const slice = buffer.subarray(skip, skip + rest)
    skip = Math.max(0, skip - buffer.length)
    rest -= slice.length
    if (slice.length > 0) slices.push(slice)
  }
  return slices
}

const after = (buffers: readonly Uint8Array[], length: number): readonly Uint8Array[] => {
  let rest = length
  let index = 0
  while (index < buffers.length && rest >= (buffers[index]?.length ?? 0))
    rest -= buffers[index++]?.length ?? 0
  const split = buffers[index]
  return split === undefined ? [] : [split.subarray(rest), ...buffers.slice(index + 1)]
}
