import { lstat, open, type FileHandle } from 'node:fs/promises'

/** Everything in the file `path`, or undefined when that is no regular file or holds more than `most` bytes. */
export const readBounded = async (path: string, most: number): Promise<Buffer | undefined> => {
  // Opening a pipe would wait for whoever writes to it.
  const found = await lstat(path)
  if (!found.isFile() || found.size > most) return undefined
  const handle = await open(path, 'r')
  try {
    return await readFully(handle, 0, found.size)
  } finally {
    await handle.close()
  }
}

/** `length` bytes from `offset`; fewer where the file ends before. */
export const readFully = async (handle: FileHandle, offset: number, length: number): Promise<Buffer> => {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
