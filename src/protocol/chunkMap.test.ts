import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChunkMap } from './chunkMap.js'

test('a chunk map agrees with a map, whatever comes and goes', () => {
  const chunk = fc.oneof(fc.nat(40), fc.nat(2 ** 31 - 1))
  const step = fc.tuple(fc.constantFrom('set', 'set', 'delete'), chunk, fc.nat(9))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const map = new ChunkMap()
      const model = new Map<number, number>()
      for (const [kind, key, value] of steps) {
        if (kind === 'delete') expect(map.delete(key)).toBe(model.delete(key))
        else {
          map.set(key, value)
          model.set(key, value)
        }
        expect(map.size).toBe(model.size)
        expect(map.has(key)).toBe(model.has(key))
      }
      for (let key = 0; key <= 40; key++) expect(map.has(key)).toBe(model.has(key))
      expect(new Map(map)).toEqual(model)
      expect(new Set(map.keys())).toEqual(new Set(model.keys()))
    }),
  )
})
