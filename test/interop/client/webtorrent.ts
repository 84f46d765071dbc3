import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMagnet, type Client, type LeechOptions, type SeedOptions } from './client.js'
import { Session, type Told } from './session.js'

const SCRIPT = fileURLToPath(new URL('webtorrentProcess.mjs', import.meta.url))

/** Where scripts/install-webtorrent.mjs puts it. */
const FOLDER = process.env.SHOAL_WEBTORRENT ?? join(homedir(), '.cache', 'shoal', 'webtorrent')
const MODULE = join(FOLDER, 'node_modules', 'webtorrent', 'index.js')

const begin = async (
  session: Session,
  torrent: string,
  { folder, tracker, onReady }: SeedOptions | LeechOptions,
  peers: readonly string[] = [],
): Promise<Told> => {
  const program = session.start(process.execPath, SCRIPT, MODULE, String(session.endpoint.port))
  await program.says(/^ready$/m)
  await onReady?.(program.pid)
  const trackers = tracker === undefined ? [] : [tracker]
  program.write(JSON.stringify({ torrent, isMagnet: isMagnet(torrent), folder, peers, trackers }))
  return { complete: program.says(/^complete$/m).then(() => undefined) }
}

export const webtorrent = (): Client => ({
  name: 'webtorrent',
  leavesOutEmpty: true,
  formats: ['v1', 'hybrid'],
  whyUnavailable: () =>
    existsSync(MODULE) ? undefined : 'webtorrent is not installed (node scripts/install-webtorrent.mjs)',
  seed: async (options) =>
    Session.open('webtorrent', options, async (session) => {
      const told = await begin(session, options.torrentFile, options)
      await told.complete
      await session.reachable()
      return told
    }),
  leech: async (options) => {
    const peers = (options.peers ?? []).map(({ host, port }) => `${host}:${port}`)
    return Session.open('webtorrent', options, async (session) =>
      begin(session, options.torrent, options, peers),
    )
  },
})
