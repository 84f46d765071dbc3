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

/** Fills `buffer` as far as the file goes; returns the bytes read. */
export const readFully = async (handle: FileHandle, buffer: Uint8Array, offset: number): Promise<number> => {
  let done = 0
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offset + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}

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
