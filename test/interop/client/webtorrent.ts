import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isMagnet, type Client, type LeechOptions, type SeedOptions } from './client.js'
import { Session, type Told } from './session.js'

const SCRIPT = fileURLToPath(new URL('webtorrentProcess.mjs', import.meta.url))

/** Where scripts/install-webtorrent.mjs puts it. */
const FOLDER = process.env.SHOAL_WEBTORRENT ?? join(homedir(), '.cache', 'shoal', 'webtorrent')
const MODULE = join(FOLDER, 'node_modules', 'webtorrent', 'index.js')

const DATACHANNEL = join(FOLDER, 'node_modules/node-datachannel/dist/esm/polyfill/index.mjs')

export interface WebtorrentOptions {
  /** Connects to those that a WebSocket tracker names, by WebRTC. */
  readonly hasWebRtc?: boolean
}

const begin = async (
  session: Session,
  { hasWebRtc = false }: WebtorrentOptions,
  torrent: string,
  { folder, tracker, onReady }: SeedOptions | LeechOptions,
  peers: readonly string[] = [],
): Promise<Told> => {
  const words = [process.execPath, SCRIPT, MODULE, String(session.endpoint.port)]
  const variable = `SHOAL_DATACHANNEL=${pathToFileURL(DATACHANNEL).href}`
  const program = session.start(...(hasWebRtc ? (['env', variable, ...words] as const) : words))
  await program.says(/^ready$/m)
  await onReady?.(program.pid)
  const trackers = tracker === undefined ? [] : [tracker]
  program.write(JSON.stringify({ torrent, isMagnet: isMagnet(torrent), folder, peers, trackers }))
  return { complete: program.says(/^complete$/m).then(() => undefined) }
}

export const webtorrent = (how: WebtorrentOptions = {}): Client => ({
  name: 'webtorrent',
  leavesOutEmpty: true,
  formats: ['v1', 'hybrid'],
  whyUnavailable: () =>
    existsSync(MODULE) && (how.hasWebRtc !== true || existsSync(DATACHANNEL))
      ? undefined
      : 'webtorrent is not installed (node scripts/install-webtorrent.mjs)',
  seed: async (options) =>
    Session.open('webtorrent', options, async (session) => {
      const told = await begin(session, how, options.torrentFile, options)
      await told.complete
      await session.reachable()
      return told
    }),
  leech: async (options) => {
    const peers = (options.peers ?? []).map(({ host, port }) => `${host}:${port}`)
    return Session.open('webtorrent', options, async (session) =>
      begin(session, how, options.torrent, options, peers),
    )
  },
})
