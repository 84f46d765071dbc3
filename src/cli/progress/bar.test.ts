import fc from 'fast-check'
import { expect, test } from 'vitest'
import { displayWidth } from '../text.js'
import { bar, percent, plainLine, transferLine } from './bar.js'
import type { Shown } from './shown.js'

const shown: Shown = {
  name: 'film.mkv',
  state: 'downloading',
  done: 512 * 1024,
  size: 1024 * 1024,
  downloadRate: 12.3 * 1024 ** 2,
  eta: 61,
  peers: 3,
}

test('a wide terminal shows name, bar, percentage, rate, ETA and peers', () => {
  const line = transferLine(shown, 120)
  expect(line).toMatch(/^film\.mkv +█+░+ +50\.0 % +12\.3 MiB\/s +ETA 1:01 +3 peers$/)
})

test('a narrow terminal drops peers, then ETA, then rate, then the bar; name and percentage stay', () => {
  const has = (columns: number) => {
    const line = transferLine(shown, columns)
    return {
      peers: line.includes('peers'),
      eta: line.includes('ETA'),
      rate: line.includes('/s'),
      bar: line.includes('█'),
    }
  }
  const widths = Array.from({ length: 100 }, (_, index) => 20 + index).map(has)
  for (const at of widths) {
    if (at.peers) expect(at.eta).toBe(true)
    if (at.eta) expect(at.rate).toBe(true)
  }
  expect(transferLine(shown, 24)).toMatch(/^film\.mkv +50\.0 %$/)
})

test('no line is as wide as its terminal, whatever the name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 200 }), (name, columns) => {
      expect(displayWidth(transferLine({ ...shown, name }, columns))).toBeLessThan(columns)
    }),
  )
})

test('100 % is said only of what is complete', () => {
  expect(percent({ done: 999_999, size: 1_000_000 })).toBe('99.9 %')
  expect(percent({ done: 0, size: 0 })).toBe('100.0 %')
})

test('a bar has its width, however full', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 60 }),
      (part, width) => {
        expect(bar(part, width)).toHaveLength(width)
      },
    ),
  )
  expect(bar(0, 4)).toBe('░░░░')
  expect(bar(1, 4)).toBe('████')
  expect(bar(0.5, 3)).toBe('█▌░')
})

test('a paused transfer says so, and a name cannot command the terminal', () => {
  expect(transferLine({ ...shown, state: 'paused' }, 80)).toMatch(/paused$/)
  expect(plainLine({ ...shown, name: 'a\x1b[2J' })).toBe(
    'a\\x1b[2J  50.0 % of 1 MiB  12.3 MiB/s  ETA 1:01  3 peers',
  )
})
