import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMagnet, type Client, type Endpoint, type LeechOptions, type SeedOptions } from './client.js'
import { freePort } from './port.js'
import { whyNotInstalled, type Program } from './program.js'
import { Session } from './session.js'

/** TCP alone, which tests need to begin at once; the same, obfuscated always (MSE); or as it is installed: uTP first. */
type Tuning = 'tcp' | 'obfuscated' | 'installed'

interface Info {
  readonly hash: string
  readonly progress: number
  readonly state: string
  readonly num_seeds: number
}

/** Milliseconds after which peers that it does not have are told again. */
const TELL_AGAIN = 1000

const IS_WHOLE = /UP$/

const settings = (tuning: Tuning, { host, port }: Endpoint, webPort: number): string =>
  [
    '[LegalNotice]',
    'Accepted=true',
    '[Preferences]',
    `WebUI\\Address=${host}`,
    `WebUI\\Port=${webPort}`,
    'WebUI\\CSRFProtection=false',
    'WebUI\\HostHeaderValidation=false',
    'WebUI\\LocalHostAuth=false',
    '[BitTorrent]',
    `Session\\Port=${port}`,
    `Session\\BTProtocol=${tuning === 'installed' ? 'Both' : 'TCP'}`,
    // 0: where the other side wants it; 1: "require encryption".
    `Session\\Encryption=${tuning === 'obfuscated' ? 1 : 0}`,
    'Session\\DHTEnabled=false',
    'Session\\LSDEnabled=false',
    'Session\\PeXEnabled=false',
    'Session\\MultiConnectionsPerIp=true',
    'Session\\SSRFMitigation=false',
    '[Network]',
    'PortForwardingEnabled=false',
    '',
  ].join('\n')

/** qBittorrent's WebUI API 2.8, with the name and password that 4.5 comes with. */
class WebApi {
  readonly #url: string
  #cookie = ''

  constructor(host: string, port: number) {
    this.#url = `http://${host}:${port}/api/v2`
  }

  async logIn(): Promise<true | undefined> {
    const body = new URLSearchParams({ username: 'admin', password: 'adminadmin' })
    const response = await fetch(`${this.#url}/auth/login`, { method: 'POST', body }).catch(() => undefined)
    if (response?.ok !== true) return undefined
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    return true
  }

  async post(method: string, body: FormData | URLSearchParams): Promise<void> {
    const headers = { cookie: this.#cookie }
    const response = await fetch(`${this.#url}/${method}`, { method: 'POST', body, headers })
    if (!response.ok) throw new Error(`qBittorrent ${method}: ${response.status} ${await response.text()}`)
  }

  /** The one torrent that it has. */
  async torrent(): Promise<Info | undefined> {
    const response = await fetch(`${this.#url}/torrents/info`, { headers: { cookie: this.#cookie } })
    const [info] = (await response.json()) as Info[]
    return info
  }
}

const start = async (tuning: Tuning, session: Session): Promise<{ program: Program; api: WebApi }> => {
  const webPort = await freePort()
  const configuration = join(session.folder, 'qBittorrent', 'config')
  await mkdir(configuration, { recursive: true })
  await writeFile(join(configuration, 'qBittorrent.conf'), settings(tuning, session.endpoint, webPort))
  const program = session.start('qbittorrent-nox', `--profile=${session.folder}`)
  const api = new WebApi(session.place.host, webPort)
  await program.waitFor('login to its WebUI', async () => api.logIn())
  return { program, api }
}

const add = async (
  api: WebApi,
  torrent: string,
  { folder, tracker }: SeedOptions | LeechOptions,
): Promise<void> => {
  const form = new FormData()
  form.set('savepath', folder)
  if (isMagnet(torrent)) form.set('urls', torrent)
  else form.set('torrents', new Blob([await readFile(torrent)]), 'content.torrent')
  await api.post('torrents/add', form)
  if (tracker === undefined) return
  const { hash = '' } = (await api.torrent()) ?? {}
  await api.post('torrents/addTrackers', new URLSearchParams({ hash, urls: tracker }))
}

/** Looks whether it is whole; tells it again of peers that it has not reached. */
class Watch {
  readonly #api: WebApi
  readonly #peers: readonly Endpoint[]
  #told = -Infinity

  constructor(api: WebApi, peers: readonly Endpoint[] = []) {
    this.#api = api
    this.#peers = peers
  }

  async isWhole(): Promise<true | undefined> {
    const info = await this.#api.torrent()
    if (info === undefined) return undefined
    if (info.progress === 1 && IS_WHOLE.test(info.state)) return true
    if (info.num_seeds < this.#peers.length) await this.#tell(info.hash)
    return undefined
  }

  async #tell(hashes: string): Promise<void> {
    if (performance.now() - this.#told < TELL_AGAIN) return
    this.#told = performance.now()
    const peers = this.#peers.map(({ host, port }) => `${host}:${port}`).join('|')
    await this.#api.post('torrents/addPeers', new URLSearchParams({ hashes, peers }))
  }
}

export const qbittorrent = (tuning: Tuning = 'tcp'): Client => ({
  name: 'qbittorrent',
  formats: ['v1', 'v2', 'hybrid'],
  whyUnavailable: () => whyNotInstalled('qbittorrent-nox', ['qbittorrent-nox', '--version']),
  seed: async (options) =>
    Session.open('qbittorrent', options, async (session) => {
      const { program, api } = await start(tuning, session)
      await options.onReady?.(program.pid)
      await add(api, options.torrentFile, options)
      const watch = new Watch(api)
      await program.waitFor('state of a seeder', async () => watch.isWhole())
      await session.reachable()
      return { complete: Promise.resolve() }
    }),
  leech: async (options) =>
    Session.open('qbittorrent', options, async (session) => {
      const { program, api } = await start(tuning, session)
      await options.onReady?.(program.pid)
      await add(api, options.torrent, options)
      const watch = new Watch(api, options.peers)
      const whole = program.waitFor('end of the download', async () => watch.isWhole())
      return { complete: whole.then(() => undefined) }
    }),
})
