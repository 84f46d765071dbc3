import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Bitfield } from '../protocol/bitfield.js'
import { Journal } from './journal.js'
import { Ledger } from './ledger.js'
import { makeFolder } from './sample.contract.js'

it('F1 a chunk is noted only once it is on disk, stored and confirmed', async () => {
  const journal = await Journal.open(join(await makeFolder(), 'journal'), Buffer.alloc(32))
  const ledger = new Ledger(journal, Bitfield.empty(4))
  for (const chunk of [0, 1, 2]) ledger.stored.add(chunk)
  for (const chunk of [0, 1, 3]) ledger.confirm(chunk, 1, Buffer.alloc(32, chunk))
  await ledger.record((chunk) => chunk === 1)
  expect(journal.count).toBe(1)
  await ledger.record(() => false)
  await ledger.record(() => false)
  const chunks: number[] = []
  for await (const batch of journal.batches()) chunks.push(...batch.map(({ chunk }) => chunk))
  expect(chunks).toEqual([1, 0])
  await journal.close()
})

it('F1 of a run that was confirmed at once every chunk is noted with its own leaf', async () => {
  const journal = await Journal.open(join(await makeFolder(), 'journal'), Buffer.alloc(32))
  const ledger = new Ledger(journal, Bitfield.empty(8))
  for (const chunk of [2, 3, 4, 5]) ledger.stored.add(chunk)
  const leaves = Buffer.concat([2, 3, 4, 5].map((chunk) => Buffer.alloc(32, chunk)))
  ledger.confirm(2, 4, leaves)
  ledger.discard(3)
  await ledger.record((chunk) => chunk === 4)
  await ledger.record(() => false)
  const noted: [number, number][] = []
  for await (const batch of journal.batches())
    for (const { chunk, leaf } of batch) {
      expect(new Set(leaf).size).toBe(1)
      noted.push([chunk, leaf[0] ?? 0])
    }
  expect(noted.sort()).toEqual([2, 4, 5].map((chunk) => [chunk, chunk]))
  await journal.close()
})
