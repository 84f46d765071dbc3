import { afterAll, afterEach, beforeAll, describe, test } from 'vitest'
import { FETCHES_BY_WIRE, V1_ONLY } from './abilities.js'
import type { Client, Format } from './client/client.js'
import { Network, whyNoNetwork } from './client/network.js'
import { LOOPBACK } from './client/place.js'
import { shoal } from './client/shoal.js'
import { Running } from './running.js'
import { Sample } from './sample.js'

interface Options {
  /** Whether each is a machine of its own, for a client that refuses peers on loopback. */
  readonly hasNetwork?: boolean
  /** Milliseconds that a transfer may take. */
  readonly patience?: number
  /** Whether this version of Shoal can seed to it at all. */
  readonly canFetch?: boolean
}

/** Why tests with the client cannot run, said once; undefined where they can. */
export const whySkipped = (client: Client, needsNetwork = false): string | undefined => {
  const why = client.whyUnavailable() ?? (needsNetwork ? whyNoNetwork() : undefined)
  if (why !== undefined) console.log(`Skipped: ${client.name}: ${why}.`)
  return why
}

const PATIENCE = 20_000

const isReadByShoal = (format: Format): boolean => V1_ONLY || format !== 'v1'

/** Shoal and the client, each as seeder of the other, in every format that the client reads. */
export const testWithClient = (client: Client, options: Options = {}): void => {
  const { hasNetwork = false, patience = PATIENCE, canFetch = true } = options
  const isSkipped = whySkipped(client, hasNetwork) !== undefined
  describe.skipIf(isSkipped).each(client.formats)('%s', { timeout: 2 * patience }, (format) => {
    let network: Network | undefined
    let sample: Sample
    const running = new Running()
    beforeAll(async () => {
      network = hasNetwork ? await Network.open(2) : undefined
      sample = await Sample.make(format)
    })
    afterEach(async () => running.stop())
    afterAll(async () => {
      await sample.remove()
      await network?.close()
    })

    /** Has `leecher` fetch the content from `seeder`, and compares what it wrote. */
    const transfer = async (seeder: Client, leecher: Client, by: 'torrentFile' | 'magnet'): Promise<void> => {
      const [there = LOOPBACK, here = LOOPBACK] = network?.places ?? []
      const { torrentFile, folder } = sample
      const { endpoint } = await running.seed(seeder, { torrentFile, folder, place: there, patience })
      const out = await sample.emptyFolder()
      const what = { torrent: sample[by], folder: out, peers: [endpoint] }
      const { complete } = await running.leech(leecher, { ...what, place: here, patience })
      await complete
      await sample.expectWhole(out)
    }

    const { name } = client
    const seeds = test.skipIf(!isReadByShoal(format) || !canFetch)
    const fetches = test.skipIf(!isReadByShoal(format) || !FETCHES_BY_WIRE)
    seeds(`${name} fetches a folder of every awkward size from Shoal`, async () =>
      transfer(shoal(), client, 'torrentFile'),
    )
    seeds(`${name} starts from a magnet link alone: Shoal gives it the metadata (BEP 9)`, async () =>
      transfer(shoal(), client, 'magnet'),
    )
    fetches(`Shoal fetches a folder of every awkward size from ${name}`, async () =>
      transfer(client, shoal(), 'torrentFile'),
    )
    fetches(`Shoal starts from a magnet link alone: ${name} gives it the metadata (BEP 9)`, async () =>
      transfer(client, shoal(), 'magnet'),
    )
  })
}
