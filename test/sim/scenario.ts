import type { SimPeer, Traits } from './peer.js'
import type { World } from './world.js'

/** Adds to a world of one seeder and many leechers what makes it hard. `bound`: seconds that it takes at the least. */
export type Scenario = (world: World, traits: Traits, bound: number) => void

const leechersOf = (world: World): SimPeer[] => world.peers.filter(({ swarm }) => swarm !== undefined)

/** Every tenth of the bound somebody leaves in the middle and somebody else arrives, and connections break. */
const churn: Scenario = (world, traits, bound) =>
  world.every(bound / 10, () => {
    const leaving = leechersOf(world).find((peer) => peer.isOnline && !peer.isSeeding && world.random() < 0.2)
    if (leaving !== undefined) {
      world.remove(leaving)
      if (world.seconds < bound) world.add({ ...traits, has: 'nothing' }, 0)
    }
    world.dropLinks(0.02)
    return true
  })

const slowSeeders: Scenario = (world, traits) => {
  for (let count = 0; count < 4; count++)
    world.add({ ...traits, has: 'everything', uplink: traits.uplink / 50 }, 0)
}

const liars: Scenario = (world, traits) => {
  const count = Math.ceil(world.peers.length / 10)
  for (let index = 0; index < count; index++)
    world.add({ ...traits, has: 'everything', behaviour: 'liar' }, 0)
}

/** Half of the peers cannot reach the other half from a fifth of the bound to three fifths. */
const partition: Scenario = (world, _, bound) => {
  world.clock.after(bound * 200, () => world.partition((peer) => world.peers.indexOf(peer) % 2))
  world.clock.after(bound * 600, () => world.heal())
}

/** The seeder dies as soon as the leechers have every piece between them. */
const lastSeeder: Scenario = (world) =>
  world.every(0.1, () => {
    const [seeder] = world.peers
    const { pieceCount } = world.layout
    const isSpread = Array.from({ length: pieceCount }, (_, piece) => piece).every((piece) =>
      leechersOf(world).some((peer) => peer.pieces.has(piece)),
    )
    if (isSpread && seeder !== undefined) world.remove(seeder)
    return !isSpread
  })

/** Scenarios by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  flash: () => undefined,
  churn,
  'free-riders': () => undefined,
  liars,
  'slow-seeders': slowSeeders,
  partition,
  'last-seeder': lastSeeder,
}
