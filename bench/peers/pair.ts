import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Client, Endpoint, RunningClient } from '../../test/interop/client/client.js'
import { isIdentical } from '../tools/files.js'
import { measure, type Usage } from '../tools/processTree.js'

/** What one transfer took. */
export interface Run {
  readonly seconds: number
  readonly leecher: Usage
  readonly seeder: Usage
}

export interface Content {
  readonly name: string
  /** The folder in which it stands. */
  readonly folder: string
  readonly torrentFile: string
}

/** Milliseconds that one transfer may take, and that a copy may need to be right after it is called complete. */
const PATIENCE = 300_000
const SETTLE = 10_000

/** Seconds from `told` until the copy is as the original: those of the clock, unless the client was too early. */
const settle = async (content: Content, out: string, told: number): Promise<number> => {
  const seconds = (performance.now() - told) / 1000
  const [original, copy] = [join(content.folder, content.name), join(out, content.name)]
  if (isIdentical(original, copy)) return seconds
  const deadline = performance.now() + SETTLE
  while (performance.now() < deadline)
    if (isIdentical(original, copy)) return (performance.now() - told) / 1000
  throw new Error('it says complete, and the copy differs')
}

const fetchFrom = async (
  seeder: RunningClient,
  client: Client,
  content: Content,
  out: string,
): Promise<Run> => {
  let told = 0
  let meters: ReturnType<typeof measure>[] = []
  const onReady = (pid: number): void => {
    meters = [measure(pid), measure(seeder.pid)]
    told = performance.now()
  }
  const peers: Endpoint[] = [seeder.endpoint]
  const what = { torrent: content.torrentFile, folder: out, peers }
  const leecher = await client.leech({ ...what, keepsSeeding: true, patience: PATIENCE, onReady })
  try {
    await leecher.complete
    const [ofLeecher, ofSeeder] = meters.map((meter) => meter.stop())
    const seconds = await settle(content, out, told)
    if (ofLeecher === undefined || ofSeeder === undefined) throw new Error('it was never ready')
    return { seconds, leecher: ofLeecher, seeder: ofSeeder }
  } finally {
    await leecher.stop()
  }
}

/** Fetches the content once, from one process of the client to another. */
export const runPair = async (client: Client, content: Content): Promise<Run> => {
  const out = mkdtempSync(join(content.folder, '..', 'copy-'))
  const { torrentFile, folder } = content
  const seeder = await client.seed({ torrentFile, folder, patience: PATIENCE })
  try {
    return await fetchFrom(seeder, client, content, out)
  } finally {
    await seeder.stop()
    rmSync(out, { recursive: true })
  }
}
