import { expect, it } from 'vitest'
import { writeFully } from './transfer.js'
import type { FileHandle } from 'node:fs/promises'

it('F1 a write that the system cuts short goes on where it stopped', async () => {
  for (const most of [1, 2, 3, 5, 100]) {
    const disk = Buffer.alloc(12)
    const writev = async (buffers: readonly Uint8Array[], position: number) => {
      const taken = Buffer.concat(buffers).subarray(0, most)
      disk.set(taken, position)
      return { bytesWritten: taken.length }
    }
    const parts = ['abc', 'd', 'efgh', 'i'].map((text) => Buffer.from(text))
    await writeFully({ writev } as unknown as FileHandle, parts, 2)
    expect(disk.toString('latin1')).toBe('\0\0abcdefghi\0')
  }
})
