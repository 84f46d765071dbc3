import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMagnet, type Client, type LeechOptions, type SeedOptions } from './client.js'
import type { Program } from './program.js'
import { Session } from './session.js'

const PROGRAM = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))

const event = (name: string): RegExp => new RegExp(`^\\{"event":"${name}".*\\}$`, 'm')

/** The torrent with a tracker, which of all that others are told is the only thing that Shoal is not told by a flag. */
const torrentFor = async (session: Session, torrent: string, tracker?: string): Promise<string> => {
  if (tracker === undefined) return torrent
  if (isMagnet(torrent)) return `${torrent}&tr=${encodeURIComponent(tracker)}`
  const announced = join(session.folder, 'announced.torrent')
  // "announce" sorts before every other key that a torrent here has.
  const head = Buffer.from(`d8:announce${tracker.length}:${tracker}`)
  await writeFile(announced, Buffer.concat([head, (await readFile(torrent)).subarray(1)]))
  return announced
}

const start = async (
  session: Session,
  { onReady }: SeedOptions | LeechOptions,
  tracker: string | undefined,
  ...words: readonly string[]
): Promise<Program> => {
  const { host, port } = session.endpoint
  const by = tracker === undefined ? ['--no-tracker'] : ['--tracker', tracker]
  const where = ['--host', host, '--port', String(port), ...by, '--state', join(session.folder, 'state')]
  const program = session.start(process.execPath, PROGRAM, ...words, ...where, '--json')
  await program.says(event('listening'))
  const isReady = onReady?.(program.pid)
  if (isReady !== undefined) await program.pausedUntil(isReady)
  return program
}

const how = (encryption: string | undefined): readonly string[] =>
  encryption === undefined ? [] : ['--encryption', encryption]

/**
 * The built executable, driven as the others are. It is told by its command line, so that it is paused to wait for
 * `onReady`.
 *
 * @param shoalTracker HOST:PORT of a Shoal tracker; none is used where it is not given
 * @param encryption whether peers of its own kind are spoken to inside TLS
 */
export const shoal = (shoalTracker?: string, encryption?: 'required' | 'off'): Client => ({
  name: encryption === 'required' ? 'shoal-tls' : 'shoal',
  formats: ['v1', 'v2', 'hybrid'],
  whyUnavailable: () => undefined,
  seed: async (options) =>
    Session.open('shoal', options, async (session) => {
      const torrent = await torrentFor(session, options.torrentFile, options.tracker)
      const program = await start(
        session,
        options,
        shoalTracker,
        'seed',
        torrent,
        options.folder,
        ...how(encryption),
      )
      await program.says(event('seeding'))
      return { complete: Promise.resolve() }
    }),
  leech: async (options) =>
    Session.open('shoal', options, async (session) => {
      const torrent = await torrentFor(session, options.torrent, options.tracker)
      const peers = (options.peers ?? []).flatMap(({ host, port }) => ['--peer', `${host}:${port}`])
      const after = options.keepsSeeding === true ? [] : ['--no-seed']
      const program = await start(
        session,
        options,
        shoalTracker,
        'get',
        torrent,
        '-o',
        options.folder,
        ...how(encryption),
        ...peers,
        ...after,
      )
      return { complete: program.says(event('complete')).then(() => undefined) }
    }),
})
