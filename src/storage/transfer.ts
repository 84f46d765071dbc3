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

const after = (buffers: readonly Uint8Array[], length: number): readonly Uint8Array[] => {
  let rest = length
  let index = 0
  while (index < buffers.length && rest >= (buffers[index]?.length ?? 0))
    rest -= buffers[index++]?.length ?? 0
  const split = buffers[index]
  return split === undefined ? [] : [split.subarray(rest), ...buffers.slice(index + 1)]
}
