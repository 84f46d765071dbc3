import type { Random } from './random.js'
import { NUMBERS, WORDS } from './words.js'

/** Bytes of an input: above every size at which a decoder changes its mind about a whole message but the largest. */
const MAX_INPUT = 64 * 1024

/** Of wholly random inputs, and of what is put into others at once. */
const MAX_RANDOM = 300
const MAX_SPAN = 64

type Mutation = (bytes: Uint8Array, random: Random, seeds: readonly Uint8Array[]) => Uint8Array

const randomBytes = (random: Random, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.word() & 0xff)

/** `bytes` with `length` of them from `start` on replaced by `middle`. */
const replace = (bytes: Uint8Array, start: number, length: number, middle: Uint8Array): Uint8Array => {
  const result = new Uint8Array(bytes.length - length + middle.length)
  result.set(bytes.subarray(0, start))
  result.set(middle, start)
  result.set(bytes.subarray(start + length), start + middle.length)
  return result
}

/** A run inside `bytes`. */
const spanOf = (bytes: Uint8Array, random: Random): readonly [start: number, length: number] => {
  const start = random.below(bytes.length)
  return [start, Math.min(1 + random.below(MAX_SPAN), bytes.length - start)]
}

/** Over what stands at a random place, as far as there is room. */
const overwrite = (bytes: Uint8Array, random: Random, by: Uint8Array): Uint8Array => {
  const start = random.below(bytes.length + 1)
  return replace(bytes, start, Math.min(by.length, bytes.length - start), by)
}

const setByte: Mutation = (bytes, random) => overwrite(bytes, random, randomBytes(random, 1))

const flipBit: Mutation = (bytes, random) => {
  const result = bytes.slice()
  const index = random.below(bytes.length)
  if (index < result.length) result[index] = (result[index] ?? 0) ^ (1 << random.below(8))
  return result
}

const insert: Mutation = (bytes, random) =>
  replace(bytes, random.below(bytes.length + 1), 0, randomBytes(random, 1 + random.below(8)))

const remove: Mutation = (bytes, random) => replace(bytes, ...spanOf(bytes, random), new Uint8Array())

const duplicate: Mutation = (bytes, random) => {
  const [start, length] = spanOf(bytes, random)
  const span = bytes.subarray(start, start + length)
  return replace(bytes, start, 0, span)
}

const truncate: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1))

/** The start of one seed and the end of another. */
const splice: Mutation = (bytes, random, seeds) => {
  const other = random.pick(seeds)
  const head = bytes.subarray(0, random.below(bytes.length + 1))
  return replace(head, head.length, 0, other.subarray(random.below(other.length + 1)))
}

const LENGTHS = [0, 1, 2, 0xff, 0xffff, 0x4000, 0x4009, 0x8000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]

/** A big-endian number of four or two bytes that says too much, too little or what turns over. */
const setLength: Mutation = (bytes, random) => {
  const value = random.pick(LENGTHS)
  const wide = Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
  return overwrite(bytes, random, random.oneIn(4) ? wide.subarray(2) : wide)
}

const insertWord: Mutation = (bytes, random) =>
  replace(bytes, random.below(bytes.length + 1), 0, random.pick(WORDS))

const overwriteWord: Mutation = (bytes, random) => overwrite(bytes, random, random.pick(WORDS))

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39

/** Another number for a run of ASCII digits: lengths and integers of bencode, numbers of JSON. */
const setNumber: Mutation = (bytes, random) => {
  let start = random.below(bytes.length)
  while (start < bytes.length && !isDigit(bytes[start])) start++
  let end = start
  while (isDigit(bytes[end])) end++
  const number = random.oneIn(2) ? random.pick(NUMBERS) : random.below(100)
  return replace(bytes, start, end - start, new TextEncoder().encode(`${number}`))
}

const MUTATIONS: readonly Mutation[] = [
  ...[setByte, flipBit, insert, remove, duplicate, truncate, splice, setLength],
  ...[insertWord, overwriteWord, setNumber, setNumber],
]

/** `seed` changed once or a few times. */
export const mutateBytes = (seed: Uint8Array, random: Random, seeds: readonly Uint8Array[]): Uint8Array => {
  let bytes = seed
  for (let left = random.oneIn(2) ? 1 : 1 + random.below(6); left > 0; left--) {
    bytes = random.pick(MUTATIONS)(bytes, random, seeds)
  }
  return bytes.slice(0, MAX_INPUT)
}

/** Bytes that follow from nothing. */
export const wholly = (random: Random): Uint8Array => randomBytes(random, random.below(MAX_RANDOM))
