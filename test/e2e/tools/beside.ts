import { join } from 'node:path'
import type { Content } from './content.js'
import { steady, type Behaviour, type OtherPeer } from './otherPeer.js'
import type { Program } from './program.js'
import type { World } from './world.js'

/** A torrent with an honest seeder that takes its time, and a nuisance. */
export interface Beside {
  readonly name: string
  readonly content: Content
  readonly honest: OtherPeer
  readonly nuisance: OtherPeer
}

export interface BesideOptions {
  readonly size: number
  /** Milliseconds that the honest seeder needs for a chunk. */
  readonly pace: number
  readonly metainfo?: boolean
}

export type Named = readonly [string, Behaviour]

/** Four at a time, so that one process fetches four torrents: a group's test says all their names. */
export const inGroups = (behaviours: Record<string, Behaviour>): (readonly [string, readonly Named[]])[] => {
  const all = Object.entries(behaviours)
  const groups = Array.from({ length: Math.ceil(all.length / 4) }, (_, index) =>
    all.slice(4 * index, 4 * index + 4),
  )
  return groups.map((group) => [group.map(([name]) => name).join('; '), group])
}

const setUp = async (
  world: World,
  tracker: string,
  [name, behave]: Named,
  { size, pace, metainfo = true }: BesideOptions,
): Promise<Beside & { readonly id: number }> => {
  const content = await world.content(`${name.replaceAll(/[^a-z]+/gi, '-')}.bin`, size)
  const { other: honest, id } = await world.seeder(tracker, content, steady(pace), { metainfo })
  return { name, content, honest, id, nuisance: await world.alsoSeeds(tracker, content, id, behave) }
}

/** One process fetches a torrent for each nuisance, all at once, each to the end, and all are compared. */
export const fetchBeside = async (
  world: World,
  group: readonly Named[],
  options: BesideOptions,
): Promise<{ readonly leecher: Program; readonly all: readonly Beside[] }> => {
  const tracker = await world.tracker()
  const all = []
  for (const named of group) all.push(await setUp(world, tracker, named, options))
  const [first, ...rest] = all
  if (first === undefined) throw new Error('no nuisance')
  const place = { out: world.path('out'), expected: all.map(({ content }) => content) }
  const words = [...rest.map(({ id }) => String(id)), '--no-seed', '--tracker', tracker]
  const leecher = world.get(first.id, first.content, words, place)
  await leecher.exits(0)
  for (const { content } of all) await world.expectFile(join(place.out, content.name), content)
  return { leecher, all }
}
