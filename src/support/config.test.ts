import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  checkEntries,
  ConfigError,
  isAtLeast,
  readConfigFile,
  resolveConfig,
  type Sources,
} from './config.js'
import { readChoice, readCount, readText, toggle, value, values } from './setting.js'

const table = {
  seedLimit: value({ flag: 'seed-limit', description: '' }, 'N', readCount(0, 9), 4),
  peer: values({ flag: 'peer', description: '' }, 'X', readText, ['nobody']),
  noSeed: toggle({ flag: 'no-seed', description: '' }),
  level: value({ flag: 'level', description: '' }, 'L', readChoice(['low', 'high']), undefined),
}

const resolve = (sources: Partial<Sources>) =>
  resolveConfig(table, { flags: {}, environment: {}, file: {}, ...sources })

test('a flag outranks a variable, that the file, that the default, and each value names its origin', () => {
  const flags = { seedLimit: ['1'] }
  const environment = { SHOAL_SEED_LIMIT: '2' }
  const file = { seedLimit: 3 }
  const of = (sources: Partial<Sources>) => {
    const { values, origins } = resolve(sources)
    return [values.seedLimit, origins.seedLimit.kind, origins.seedLimit.name]
  }
  expect(of({ flags, environment, file })).toEqual([1, 'flag', '--seed-limit'])
  expect(of({ environment, file })).toEqual([2, 'variable', 'SHOAL_SEED_LIMIT'])
  expect(of({ file })).toEqual([3, 'file', 'seedLimit in shoal.config.json'])
  expect(of({})).toEqual([4, 'default', 'default'])
})

test('lists come from repeated flags, from separators in a variable, from an array in the file', () => {
  expect(resolve({ flags: { peer: ['a', 'b'] } }).values.peer).toEqual(['a', 'b'])
  expect(resolve({ environment: { SHOAL_PEER: 'a, b c' } }).values.peer).toEqual(['a', 'b', 'c'])
  expect(resolve({ file: { peer: ['a', 'b'] } }).values.peer).toEqual(['a', 'b'])
  expect(resolve({ file: { peer: 'a' } }).values.peer).toEqual(['a'])
  expect(resolve({}).values.peer).toEqual(['nobody'])
})

test('the last of several values counts', () => {
  expect(resolve({ flags: { seedLimit: ['1', '2'] } }).values.seedLimit).toBe(2)
})

test('switches read the usual words', () => {
  for (const on of ['true', '1', 'yes', 'ON'])
    expect(resolve({ environment: { SHOAL_NO_SEED: on } }).values.noSeed).toBe(true)
  expect(resolve({ file: { noSeed: false } }).values.noSeed).toBe(false)
})

test('an empty variable is one that is not set', () => {
  expect(resolve({ environment: { SHOAL_SEED_LIMIT: ' ' } }).origins.seedLimit.kind).toBe('default')
})

test('a bad value is refused by the name of what gave it', () => {
  const refused = (sources: Partial<Sources>, message: RegExp) => {
    expect(() => resolve(sources)).toThrow(ConfigError)
    expect(() => resolve(sources)).toThrow(message)
  }
  refused({ flags: { seedLimit: ['x'] } }, /^--seed-limit: "x" is no whole number from 0 to 9\.$/)
  refused({ environment: { SHOAL_SEED_LIMIT: '10' } }, /^SHOAL_SEED_LIMIT: "10"/)
  refused({ file: { seedLimit: -1 } }, /^seedLimit in shoal\.config\.json: "-1"/)
  refused({ file: { seedLimit: { a: 1 } } }, /^seedLimit in shoal\.config\.json: no text/)
  refused({ file: { seedLimit: [1] } }, /^seedLimit in shoal\.config\.json/)
  refused({ flags: { level: ['mid'] } }, /none of low, high/)
  refused({ environment: { SHOAL_NO_SEED: 'perhaps' } }, /neither true nor false/)
})

test('origins have an order', () => {
  const flag = { kind: 'flag', name: '' } as const
  const file = { kind: 'file', name: '' } as const
  expect(isAtLeast(flag, file)).toBe(true)
  expect(isAtLeast(file, flag)).toBe(false)
  expect(isAtLeast(file, file)).toBe(true)
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-config-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (text: string) => writeFile(join(folder, 'shoal.config.json'), text)

test('no file is an empty one', () => {
  expect(readConfigFile(folder)).toEqual({})
})

test.each(['{', '[]', 'null', '"text"'])('a file that holds %s is refused', async (text) => {
  await write(text)
  expect(() => readConfigFile(folder)).toThrow(/^shoal\.config\.json is not/)
})

test('an unknown entry is refused by name, also one that every object has', async () => {
  await write('{"seedLimt": 1}')
  expect(() => checkEntries(readConfigFile(folder), new Set(['seedLimit']))).toThrow(/"seedLimt"/)
  expect(resolve({ file: JSON.parse('{}') }).values.seedLimit).toBe(4)
})
