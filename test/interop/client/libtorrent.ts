import { fileURLToPath } from 'node:url'
import type { Client, LeechOptions, SeedOptions } from './client.js'
import { whyNotInstalled } from './program.js'
import { Session, type Told } from './session.js'

/** Debian's module is for the system's Python alone. */
const PYTHON = '/usr/bin/python3'
const SCRIPT = fileURLToPath(new URL('libtorrentProcess.py', import.meta.url))

/**
 * As it comes, but over TCP alone; with the queues, buffers and threads that make it fastest; or taking and making
 * obfuscated connections alone (MSE), what follows being plain where the other side allows it, or always RC4.
 */
type Tuning = 'tcp' | 'tuned' | 'obfuscated' | 'rc4'

interface Task {
  readonly torrent: string
  readonly folder: string
  readonly peers: string[]
  readonly trackers: string[]
}

const begin = async (
  tuning: Tuning,
  session: Session,
  task: Task,
  onReady: SeedOptions['onReady'],
): Promise<Told> => {
  const { host, port } = session.endpoint
  const program = session.start(PYTHON, SCRIPT, `${host}:${port}`, tuning)
  await program.says(/^ready$/m)
  await onReady?.(program.pid)
  program.write(JSON.stringify(task))
  return { complete: program.says(/^complete$/m).then(() => undefined) }
}

const taskOf = (torrent: string, { folder, tracker }: SeedOptions | LeechOptions): Task => ({
  torrent,
  folder,
  peers: [],
  trackers: tracker === undefined ? [] : [tracker],
})

export const libtorrent = (tuning: Tuning = 'tcp'): Client => {
  const name = tuning === 'tcp' ? 'libtorrent' : `libtorrent-${tuning}`
  return {
    name,
    formats: ['v1', 'v2', 'hybrid'],
    whyUnavailable: () =>
      whyNotInstalled(`libtorrent for ${PYTHON} (python3-libtorrent)`, [PYTHON, '-c', 'import libtorrent']),
    seed: async (options) =>
      Session.open(name, options, async (session) => {
        const told = await begin(tuning, session, taskOf(options.torrentFile, options), options.onReady)
        await told.complete
        await session.reachable()
        return told
      }),
    leech: async (options) => {
      const peers = (options.peers ?? []).map(({ host, port }) => `${host}:${port}`)
      const task = { ...taskOf(options.torrent, options), peers }
      return Session.open(name, options, async (session) => begin(tuning, session, task, options.onReady))
    },
  }
}
