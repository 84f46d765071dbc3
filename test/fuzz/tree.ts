import { decodeBencode, encodeBencode, keyOf, type Bencode } from '../../src/protocol/bencode.js'
import { concatBytes, encodeUtf8 } from '../../src/protocol/bytes.js'
import { mutateBytes } from './mutate.js'
import type { Random } from './random.js'
import { KEYS, NUMBERS, TEXTS } from './words.js'

/**
 * Bytes changed blindly seldom get past the first length or bracket. So what has a structure is also changed in it:
 * read, changed as a tree, and written again, with what no honest writer does (a key twice, any order).
 */
export type Grammar = 'bencode' | 'json'

type Leaf = number | string | boolean | null | Uint8Array
type Tree =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'list'; readonly items: readonly Tree[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [string, Tree])[] }

const leafOf = (leaf: Leaf): Tree => ({ kind: 'leaf', leaf })

const ofBencode = (value: Bencode): Tree => {
  if (typeof value === 'number' || value instanceof Uint8Array) return leafOf(value)
  if (Array.isArray(value)) return { kind: 'list', items: (value as readonly Bencode[]).map(ofBencode) }
  const entries = [...(value as ReadonlyMap<string, Bencode>)]
  return { kind: 'dict', entries: entries.map(([key, item]) => [key, ofBencode(item)]) }
}

const ofJson = (value: unknown): Tree => {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(ofJson) }
  if (typeof value !== 'object' || value === null) return leafOf(value as Leaf)
  return { kind: 'dict', entries: Object.entries(value).map(([key, item]) => [key, ofJson(item)]) }
}

const toJson = (tree: Tree): string => {
  if (tree.kind === 'leaf') return JSON.stringify(tree.leaf instanceof Uint8Array ? '' : tree.leaf)
  if (tree.kind === 'list') return `[${tree.items.map(toJson).join()}]`
  return `{${tree.entries.map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join()}}`
}

const toBencode = (tree: Tree): Uint8Array => {
  if (tree.kind === 'leaf') return encodeBencode(typeof tree.leaf === 'boolean' ? 0 : (tree.leaf ?? ''))
  if (tree.kind === 'list')
    return concatBytes([encodeUtf8('l'), ...tree.items.map(toBencode), encodeUtf8('e')])
  const entries = tree.entries.flatMap(([key, item]) => [
    encodeBencode(Uint8Array.from(key, (character) => character.charCodeAt(0))),
    toBencode(item),
  ])
  return concatBytes([encodeUtf8('d'), ...entries, encodeUtf8('e')])
}

const newLeaf = (random: Random): Leaf =>
  random.pick<() => Leaf>([
    () => random.pick(NUMBERS),
    () => random.pick(TEXTS),
    () => random.oneIn(2),
    () => null,
    () => random.word(),
  ])()

const mutateLeaf = (leaf: Leaf, random: Random): Leaf => {
  if (leaf instanceof Uint8Array) return mutateBytes(leaf, random, [leaf])
  if (typeof leaf === 'number') return leaf + random.below(5) - 2
  if (typeof leaf !== 'string') return newLeaf(random)
  return new TextDecoder().decode(mutateBytes(encodeUtf8(leaf), random, [encodeUtf8(leaf)]))
}

const childrenOf = (tree: Tree): readonly Tree[] => {
  if (tree.kind === 'leaf') return []
  return tree.kind === 'list' ? tree.items : tree.entries.map(([, item]) => item)
}

/** Of each tree that was counted: most of a changed one is as it was. */
const counts = new WeakMap<Tree, number>()

const countOf = (tree: Tree): number => {
  const known = counts.get(tree)
  if (known !== undefined) return known
  const count = childrenOf(tree).reduce((total, child) => total + countOf(child), 1)
  counts.set(tree, count)
  return count
}

/** What may become of one node; none for a node that is left out. */
const change = (tree: Tree, random: Random, root: Tree): readonly Tree[] => {
  switch (random.below(8)) {
    case 0:
      return []
    case 1:
      return [tree, tree]
    case 2:
      return [{ kind: 'list', items: [tree] }]
    case 3:
      return [{ kind: 'dict', entries: [[random.pick(KEYS), tree]] }]
    case 4:
      return [nodeAt(root, random.below(countOf(root)))]
    case 5:
      return [leafOf(newLeaf(random))]
    default:
      return [tree.kind === 'leaf' ? leafOf(mutateLeaf(tree.leaf, random)) : tree]
  }
}

/** Node `index` of `tree`, which is 0, in the order in which they are written. */
const nodeAt = (tree: Tree, index: number): Tree => {
  let left = index - 1
  for (const child of childrenOf(tree)) {
    const count = countOf(child)
    if (left >= 0 && left < count) return nodeAt(child, left)
    left -= count
  }
  return tree
}

/** `tree` with `edit` done to node `index`. */
const editAt = (tree: Tree, index: number, edit: (node: Tree) => readonly Tree[]): readonly Tree[] => {
  if (index === 0) return edit(tree)
  let left = index - 1
  const editChild = (child: Tree): readonly Tree[] => {
    const count = countOf(child)
    const isHere = left >= 0 && left < count
    const result = isHere ? editAt(child, left, edit) : [child]
    left -= count
    return result
  }
  if (tree.kind === 'leaf') return [tree]
  if (tree.kind === 'list') return [{ kind: 'list', items: tree.items.flatMap(editChild) }]
  const entries = tree.entries.flatMap(([key, item]) =>
    editChild(item).map((edited) => [key, edited] as const),
  )
  return [{ kind: 'dict', entries }]
}

/** Another key for one entry, or a new entry; in order, as bencode wants it, three times of four. */
const editKeys = (tree: Tree, random: Random): Tree => {
  if (tree.kind !== 'dict') return tree
  const key = keyOf(random.pick([...KEYS, ...TEXTS]))
  const index = random.below(tree.entries.length + 1)
  const item = tree.entries[index]?.[1] ?? leafOf(newLeaf(random))
  const entries = [...tree.entries.filter((_, place) => place !== index), [key, item] as const]
  if (!random.oneIn(4)) entries.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
  return { kind: 'dict', entries }
}

const mutateTree = (tree: Tree, random: Random): Tree => {
  const index = random.below(countOf(tree))
  const edit = (node: Tree): readonly Tree[] =>
    random.oneIn(3) ? [editKeys(node, random)] : change(node, random, tree)
  return editAt(tree, index, edit)[0] ?? tree
}

/** Nodes after which a tree grows no more. */
const MAX_NODES = 2000

/** What was read of each seed. */
const trees = new WeakMap<Uint8Array, Tree>()

const readTree = (seed: Uint8Array, grammar: Grammar): Tree => {
  const known = trees.get(seed)
  if (known !== undefined) return known
  const isJson = grammar === 'json'
  const tree = isJson ? ofJson(JSON.parse(new TextDecoder().decode(seed))) : ofBencode(decodeBencode(seed))
  trees.set(seed, tree)
  return tree
}

/** `seed`, which must be of `grammar`, changed once or a few times. */
export const mutateStructure = (seed: Uint8Array, grammar: Grammar, random: Random): Uint8Array => {
  let tree = readTree(seed, grammar)
  for (let left = 1 + random.below(4); left > 0 && countOf(tree) < MAX_NODES; left--)
    tree = mutateTree(tree, random)
  return grammar === 'json' ? encodeUtf8(toJson(tree)) : toBencode(tree)
}
