import { PRIORITIES, type GetOptions, type ShoalPeer, type Transfer } from '../../node/api.js'
import { quote, toggle, readChoice, readText, ValueFault, values, type Read } from '../../support/setting.js'
import { defineCommand, type Call } from '../definition.js'
import { toShoalError } from '../failure.js'
import type { Console, MenuEntry } from '../menu/entry.js'
import { seedUntilInterrupted, withPeer } from '../peer.js'
import { follow } from '../progress/follow.js'
import { peerSettings, viaSettings } from '../settings.js'
import { completeOrPaused, hashingProgress, sayComplete } from '../transfer.js'
import { plural, safeName } from '../text.js'
import { getVia, type GetVia } from '../via.js'

type FilePriority = NonNullable<GetOptions['priorities']>[number]

/** GLOB=PRIORITY; a glob may hold equals signs. */
const readPriority: Read<FilePriority> = (text) => {
  const [, glob, name] = /^(.+)=([^=]*)$/s.exec(text) ?? []
  if (glob === undefined || name === undefined)
    throw new ValueFault(`${quote(text)} is not GLOB=PRIORITY, such as "*.mkv=high"`)
  return { glob, priority: readChoice(PRIORITIES)(name) }
}

const settings = {
  ...peerSettings,
  ...viaSettings,
  noSeed: toggle({ flag: 'no-seed', description: 'exit once everything is complete' }),
  select: values(
    { flag: 'select', description: 'only these files of a folder (repeatable)' },
    'GLOB',
    readText,
    [],
  ),
  priority: values(
    { flag: 'priority', description: `${PRIORITIES.join(', ')}: how much to want these files (repeatable)` },
    'GLOB=PRIORITY',
    readPriority,
    [],
  ),
  sequential: toggle({ flag: 'sequential', description: 'fetch in order, to play while it downloads' }),
}
type GetCall = Call<typeof settings>

const startDownload = async ({ peer, output, interrupt }: Console, what: string): Promise<Transfer> => {
  const transfer = await peer.get(what, { seed: true, signal: interrupt.signal })
  output.note(`Downloading ${safeName(transfer.status.name)} to ${safeName(transfer.status.path)}`)
  return transfer
}

const menu: MenuEntry = {
  title: 'Download a file',
  help: 'Takes an ID from the list, a magnet link or a .torrent file. It goes on while you use the menu.',
  choose: async (console) => {
    const what = await console.ask('ID, magnet link or .torrent file (Enter to go back): ', 'path')
    if (what === undefined || what === '') return undefined
    const started = startDownload(console, what)
    const done = started.then(async (transfer) => {
      await transfer.complete
      sayComplete(console.output, transfer.status)
    })
    return { started, done }
  },
}

/** One download from its start to its end; resolves to the exit code. */
const fetchOne = async (
  call: GetCall,
  peer: ShoalPeer,
  what: string,
  transfers: Set<Transfer>,
): Promise<number> => {
  const { output, interrupt } = call
  try {
    const transfer = await interrupt.race(peer.get(what, getOptions(call, what)))
    transfers.add(transfer)
    await interrupt
      .race(completeOrPaused(transfer))
      .catch((error: unknown) => abandon(call, transfer, error))
      .finally(() => transfers.delete(transfer))
    sayComplete(output, transfer.status)
    return 0
  } catch (error) {
    if (interrupt.signal.aborted) throw interrupt.signal.reason
    output.fail(toShoalError(error))
    return toShoalError(error).exit
  }
}

/** Nobody comes to mend what is paused, so it ends; the other downloads go on. */
const abandon = async ({ interrupt }: GetCall, transfer: Transfer, error: unknown): Promise<never> => {
  if (!interrupt.signal.aborted) await transfer.stop()
  throw error
}

const getOptions = ({ settings, output, interrupt }: GetCall, what: string): GetOptions => ({
  seed: !settings.noSeed,
  ...(settings.select.length === 0 ? {} : { select: settings.select }),
  priorities: settings.priority,
  isSequential: settings.sequential,
  onProgress: hashingProgress(output, what),
  signal: interrupt.signal,
})

const viaOptions = ({ settings: { select, priority, sequential, noSeed } }: GetCall): GetVia => ({
  select,
  priorities: priority,
  isSequential: sequential,
  seed: !noSeed,
})

/** Fetches everything that was asked for at once. */
const fetchAll = async (call: GetCall, peer: ShoalPeer): Promise<readonly number[]> => {
  const transfers = new Set<Transfer>()
  const stop = follow(call.output, () => transfers)
  try {
    return await Promise.all(call.words.map((what) => fetchOne(call, peer, what, transfers)))
  } finally {
    stop()
  }
}

/** Resolves to the exit code. */
const fetchThenSeed = async (call: GetCall, peer: ShoalPeer): Promise<number> => {
  const codes = await fetchAll(call, peer)
  const complete = codes.filter((code) => code === 0).length
  if (complete > 0 && !call.settings.noSeed) await seedUntilInterrupted(call, plural(complete, 'torrent'))
  return codes.find((code) => code !== 0) ?? 0
}

export const get = defineCommand({
  verb: 'get',
  summary: 'download torrents by id, magnet link, .torrent file or URL, then seed them until Ctrl-C',
  words: '<what...>',
  settings,
  examples: [
    'shoal get 3',
    'shoal get 3 4 -o downloads --no-seed',
    'shoal get photos.torrent --select "*.jpg"',
    'shoal get 3 --via 127.0.0.1:8080',
    'shoal get series.torrent --priority "s01/*=high" --sequential',
  ],
  menu,
  run: async (call) => {
    const { via } = call.settings
    if (via !== undefined) return getVia(call, via, call.words, viaOptions(call))
    return withPeer(call, (peer) => fetchThenSeed(call, peer), { isFetching: true })
  },
})
