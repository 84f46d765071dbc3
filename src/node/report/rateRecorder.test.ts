import { expect, test } from 'vitest'
import { RateRecorder } from './rateRecorder.js'

test('ten minutes of rates are kept, the oldest first', () => {
  const recorder = new RateRecorder()
  for (let second = 1; second <= 700; second++) recorder.add(second, 2 * second)
  const { interval, download, upload } = recorder.history
  expect(interval).toBe(1000)
  expect(download).toHaveLength(600)
  expect([download[0], download[599], upload[0], upload[599]]).toEqual([101, 700, 202, 1400])
})

test('what rests holds nothing, before it moved and ten minutes after', () => {
  const recorder = new RateRecorder()
  recorder.add(0, 0)
  expect(recorder.history.download).toHaveLength(0)
  recorder.add(5, 0)
  for (let second = 0; second < 10; second++) recorder.add(0, 0)
  expect([...recorder.history.download]).toEqual([5, ...Array.from({ length: 10 }, () => 0)])
  for (let second = 0; second < 600; second++) recorder.add(0, 0)
  expect(recorder.history.download).toHaveLength(0)
  recorder.add(0, 7)
  expect([...recorder.history.upload]).toEqual([7])
})
