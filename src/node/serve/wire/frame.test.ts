import { expect, test } from 'vitest'
import { BATCH_BLOCKS } from './batch.js'
import { giveFrame, takeFrame } from './frame.js'

const MESSAGE = 13 + 16_384

test('F6 the memory of a frame is used again, and that of few blocks is short', () => {
  for (const blocks of [1, BATCH_BLOCKS / 8, BATCH_BLOCKS / 8 + 1, BATCH_BLOCKS]) {
    const frame = takeFrame(blocks * MESSAGE)
    expect(frame.bytes.length).toBe(blocks * MESSAGE)
    expect(frame.memory.length).toBe((blocks <= 8 ? 8 : BATCH_BLOCKS) * MESSAGE)
    giveFrame(frame)
    expect(takeFrame((blocks - 1) * MESSAGE + 1).memory).toBe(frame.memory)
  }
})

test('F6 blocks have their places in a frame, whole chunks or not', () => {
  const frame = takeFrame(3 * MESSAGE)
  const view = frame.gap(13 + MESSAGE, 16_384)
  expect(view.byteOffset - frame.memory.byteOffset).toBe(13 + MESSAGE)
  expect(frame.gap(13 + MESSAGE, 16_384)).toBe(view)
  expect(frame.gap(13 + MESSAGE, 100)).toHaveLength(100)
  expect(frame.gap(40, 16_384).byteOffset - frame.memory.byteOffset).toBe(40)
})

test('F6 what is longer than any kept frame has memory of its own', () => {
  const frame = takeFrame(2 * BATCH_BLOCKS * MESSAGE)
  giveFrame(frame)
  expect(takeFrame(2 * BATCH_BLOCKS * MESSAGE).memory).not.toBe(frame.memory)
})
