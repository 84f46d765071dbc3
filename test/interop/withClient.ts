import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Client } from './client/client.js'
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
}

/** Why tests with the client cannot run, said once; undefined where they can. */
export const whySkipped = (client: Client, needsNetwork = false): string | undefined => {
  const why = client.whyUnavailable() ?? (needsNetwork ? whyNoNetwork() : undefined)
  if (why !== undefined) console.log(`Skipped: ${client.name}: ${why}.`)
  return why
}

const PATIENCE = 20_000

/** Shoal and the client, each as seeder of the other, in every format that the client reads; at once, since clients mostly wait. */
export const testWithClient = (client: Client, options: Options = {}): void => {
  const { hasNetwork = false, patience = PATIENCE } = options
  const isSkipped = whySkipped(client, hasNetwork) !== undefined
  describe.skipIf(isSkipped).each(client.formats)(
    '%s',
    { timeout: 2 * patience, concurrent: true },
    (format) => {
      let sample: Sample
      beforeAll(async () => {
        sample = await Sample.make(format)
      })
      afterAll(async () => sample.remove())

      /** Has `leecher` fetch the content from `seeder`, and compares what it wrote. */
      const transfer = async (
        seeder: Client,
        leecher: Client,
        by: 'torrentFile' | 'magnet',
      ): Promise<void> => {
        const network = hasNetwork ? await Network.open(2) : undefined
        const running = new Running()
        try {
          const [there = LOOPBACK, here = LOOPBACK] = network?.places ?? []
          const { torrentFile, folder } = sample
          const { endpoint } = await running.seed(seeder, { torrentFile, folder, place: there, patience })
          const out = await sample.emptyFolder()
          const what = { torrent: sample[by], folder: out, peers: [endpoint] }
          const { complete } = await running.leech(leecher, { ...what, place: here, patience })
          await complete
          await sample.expectWhole(out, leecher.leavesOutEmpty)
        } finally {
          await running.stop()
          await network?.close()
        }
      }

      const { name } = client
      test(`${name} fetches a folder of every awkward size from Shoal`, async () =>
        transfer(shoal(), client, 'torrentFile'))
      test(`${name} starts from a magnet link alone: Shoal gives it the metadata (BEP 9)`, async () =>
        transfer(shoal(), client, 'magnet'))
      test(`Shoal fetches a folder of every awkward size from ${name}`, async () =>
        transfer(client, shoal(), 'torrentFile'))
      test(`Shoal starts from a magnet link alone: ${name} gives it the metadata (BEP 9)`, async () =>
        transfer(client, shoal(), 'magnet'))
    },
  )
}
