import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMagnet, type Client, type LeechOptions, type SeedOptions } from './client.js'
import { freePort } from './port.js'
import { whyNotInstalled, type Program } from './program.js'
import { Session } from './session.js'

interface Torrent {
  readonly status: number
  readonly percentDone: number
  readonly metadataPercentComplete: number
  readonly errorString: string
}

const SEEDING = 6

const settings = (host: string, port: number, rpcPort: number): string =>
  JSON.stringify({
    'bind-address-ipv4': host,
    'peer-port': port,
    'rpc-bind-address': host,
    'rpc-port': rpcPort,
    'rpc-whitelist-enabled': false,
    'rpc-host-whitelist-enabled': false,
    'dht-enabled': false,
    'lpd-enabled': false,
    'pex-enabled': false,
    'utp-enabled': false,
    'port-forwarding-enabled': false,
    'ratio-limit-enabled': false,
  })

/** Transmission's RPC 16. */
class Rpc {
  readonly #url: string
  #session = ''

  constructor(host: string, port: number) {
    this.#url = `http://${host}:${port}/transmission/rpc`
  }

  async call<Result>(method: string, values: Record<string, unknown> = {}): Promise<Result> {
    const response = await this.#post(JSON.stringify({ method, arguments: values }))
    const { result, arguments: answer } = (await response.json()) as { result: string; arguments: Result }
    if (result !== 'success') throw new Error(`transmission ${method}: ${result}`)
    return answer
  }

  async isUp(): Promise<true | undefined> {
    return this.call('session-get').then(
      () => true,
      () => undefined,
    )
  }

  async torrent(id: number): Promise<Torrent | undefined> {
    const fields = ['status', 'percentDone', 'metadataPercentComplete', 'errorString']
    const { torrents } = await this.call<{ torrents: Torrent[] }>('torrent-get', { ids: [id], fields })
    return torrents[0]
  }

  /** True once the torrent is seeded. */
  async isWhole(id: number): Promise<true | undefined> {
    const torrent = await this.torrent(id)
    const isWhole = torrent?.metadataPercentComplete === 1 && torrent.percentDone === 1
    return isWhole && torrent.status === SEEDING ? true : undefined
  }

  /** The first answer is 409 with the id that every other request must have. */
  async #post(body: string): Promise<Response> {
    const headers = { 'X-Transmission-Session-Id': this.#session }
    const response = await fetch(this.#url, { method: 'POST', body, headers })
    if (response.status !== 409) return response
    this.#session = response.headers.get('X-Transmission-Session-Id') ?? ''
    await response.text()
    return this.#post(body)
  }
}

const start = async (session: Session): Promise<{ program: Program; rpc: Rpc }> => {
  const { host, port } = session.endpoint
  const rpcPort = await freePort()
  await writeFile(join(session.folder, 'settings.json'), settings(host, port, rpcPort))
  const words = ['--foreground', '--log-debug', '--config-dir', session.folder]
  const program = session.start('transmission-daemon', ...words)
  const rpc = new Rpc(host, rpcPort)
  await program.waitFor('answer by RPC', async () => rpc.isUp())
  return { program, rpc }
}

interface Added {
  readonly 'torrent-added': { readonly id: number }
}

const add = async (
  rpc: Rpc,
  torrent: string,
  { folder, tracker }: SeedOptions | LeechOptions,
): Promise<number> => {
  const what = isMagnet(torrent)
    ? { filename: torrent }
    : { metainfo: (await readFile(torrent)).toString('base64') }
  const added = await rpc.call<Added>('torrent-add', { ...what, 'download-dir': folder, paused: true })
  const { id } = added['torrent-added']
  if (tracker !== undefined) await rpc.call('torrent-set', { ids: [id], trackerAdd: [tracker] })
  return id
}

/** Only for a place in a test network: it refuses peers on loopback. */
export const transmission = (): Client => ({
  name: 'transmission',
  leavesOutEmpty: true,
  formats: ['v1'],
  whyUnavailable: () => whyNotInstalled('transmission-daemon', ['transmission-daemon', '--version']),
  seed: async (options) =>
    Session.open('transmission', options, async (session) => {
      const { program, rpc } = await start(session)
      await options.onReady?.(program.pid)
      const id = await add(rpc, options.torrentFile, options)
      await rpc.call('torrent-verify', { ids: [id] })
      await rpc.call('torrent-start-now', { ids: [id] })
      await program.waitFor('state of a seeder', async () => rpc.isWhole(id))
      await session.reachable()
      return { complete: Promise.resolve() }
    }),
  leech: async (options) =>
    Session.open('transmission', options, async (session) => {
      const tracker = await session.trackerFor(options)
      const { program, rpc } = await start(session)
      await options.onReady?.(program.pid)
      const id = await add(rpc, options.torrent, { ...options, tracker })
      await rpc.call('torrent-start-now', { ids: [id] })
      const whole = program.waitFor('end of the download', async () => rpc.isWhole(id))
      return { complete: whole.then(() => undefined) }
    }),
})
