import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMagnet, type Client, type LeechOptions, type SeedOptions } from './client.js'
import { freePort } from './port.js'
import { whyNotInstalled, type Program } from './program.js'
import { Session } from './session.js'

interface Status {
  readonly status: string
  /** 'true' once it has all of it and had it verified. */
  readonly seeder?: string
  /** The downloads that a magnet link became. */
  readonly followedBy?: readonly string[]
  readonly errorMessage?: string
}

const QUIET = [
  '--no-conf',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--enable-peer-exchange=false',
  '--disable-ipv6',
  '--seed-ratio=0.0',
  '--file-allocation=none',
  '--allow-overwrite=true',
]

/** aria2's JSON-RPC, which is the way to learn what it does. */
class Rpc {
  readonly #url: string

  constructor(host: string, port: number) {
    this.#url = `http://${host}:${port}/jsonrpc`
  }

  async call<Result>(method: string, ...params: unknown[]): Promise<Result> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: `aria2.${method}`, params })
    const response = await fetch(this.#url, { method: 'POST', body })
    const { result, error } = (await response.json()) as { result: Result; error?: { message: string } }
    if (error !== undefined) throw new Error(`aria2.${method}: ${error.message}`)
    return result
  }

  async isUp(): Promise<true | undefined> {
    return this.call('getVersion').then(
      () => true,
      () => undefined,
    )
  }

  /** True once the download, or the one that a magnet link became, is whole. */
  async isWhole(id: string): Promise<true | undefined> {
    const { status, seeder, followedBy, errorMessage } = await this.call<Status>('tellStatus', id)
    if (status === 'error') throw new Error(`aria2 failed: ${errorMessage}`)
    const [next] = followedBy ?? []
    if (next !== undefined) return this.isWhole(next)
    return seeder === 'true' ? true : undefined
  }
}

export interface Aria2Options {
  /** aria2 asks trackers over UDP by the socket of its DHT alone. Told of no node, it asks none. */
  readonly hasDht?: boolean
}

const dhtFlags = (session: Session, { hasDht = false }: Aria2Options): readonly string[] =>
  hasDht
    ? [`--dht-listen-port=${session.endpoint.port}`, `--dht-file-path=${join(session.folder, 'dht.dat')}`]
    : ['--enable-dht=false']

const start = async (
  session: Session,
  host: string,
  more: readonly string[],
): Promise<{ program: Program; rpc: Rpc }> => {
  const port = await freePort()
  const rpc = new Rpc(host, port)
  const listen = [`--listen-port=${session.endpoint.port}`, `--interface=${host}`]
  const control = ['--enable-rpc', `--rpc-listen-port=${port}`, '--rpc-listen-all']
  const program = session.start(
    'aria2c',
    ...QUIET,
    ...more,
    ...listen,
    ...control,
    '--console-log-level=notice',
  )
  await program.waitFor('answer by RPC', async () => rpc.isUp())
  return { program, rpc }
}

const add = async (
  rpc: Rpc,
  torrent: string,
  { folder, tracker }: SeedOptions | LeechOptions,
  more: Record<string, string>,
): Promise<string> => {
  const trackers = { 'bt-exclude-tracker': '*', ...(tracker === undefined ? {} : { 'bt-tracker': tracker }) }
  const options = { dir: folder, ...trackers, ...more }
  if (isMagnet(torrent)) return rpc.call('addUri', [torrent], options)
  return rpc.call('addTorrent', (await readFile(torrent)).toString('base64'), [], options)
}

export const aria2 = (how: Aria2Options = {}): Client => ({
  name: 'aria2',
  formats: ['v1'],
  whyUnavailable: () => whyNotInstalled('aria2c (aria2)', ['aria2c', '--version']),
  seed: async (options) =>
    Session.open('aria2', options, async (session) => {
      const { program, rpc } = await start(session, session.place.host, dhtFlags(session, how))
      await options.onReady?.(program.pid)
      const id = await add(rpc, options.torrentFile, options, { 'check-integrity': 'true' })
      await program.waitFor('state of a seeder', async () => rpc.isWhole(id))
      await session.reachable()
      return { complete: Promise.resolve() }
    }),
  leech: async (options) =>
    Session.open('aria2', options, async (session) => {
      const tracker = await session.trackerFor(options)
      const { program, rpc } = await start(session, session.place.host, dhtFlags(session, how))
      await options.onReady?.(program.pid)
      const id = await add(rpc, options.torrent, { ...options, tracker }, {})
      const whole = program.waitFor('end of the download', async () => rpc.isWhole(id))
      return { complete: whole.then(() => undefined) }
    }),
})
