import { basename } from 'node:path'
import type { ShoalPeer } from '../../node/api.js'
import { ShoalError } from '../../protocol/errors.js'
import { readText, value } from '../../support/setting.js'
import { plural } from '../text.js'
import { defineCommand } from '../definition.js'
import type { Interrupt } from '../interrupt.js'
import type { MenuEntry } from '../menu/entry.js'
import type { Output } from '../output.js'
import { seedUntilInterrupted, withPeer } from '../peer.js'
import { follow } from '../progress/follow.js'
import { peerSettings, viaSettings } from '../settings.js'
import { hashingProgress, saySharing } from '../transfer.js'
import { shareVia } from '../via.js'

interface Share {
  readonly peer: ShoalPeer
  readonly output: Output
  readonly interrupt: Interrupt
}

const sharePath = async ({ peer, output, interrupt }: Share, path: string, name?: string): Promise<void> => {
  const transfer = await interrupt.race(
    peer.share(path, {
      ...(name === undefined ? {} : { name }),
      onProgress: hashingProgress(output, name ?? basename(path)),
      signal: interrupt.signal,
    }),
  )
  await interrupt.race(transfer.complete)
  saySharing(output, transfer.status)
}

const menu: MenuEntry = {
  title: 'Share a file',
  help: 'Hashes a file or folder, tells the tracker, and seeds it while this console runs.',
  choose: async (console) => {
    const path = await console.ask('Path of the file or folder (Enter to go back): ', 'path')
    if (path === undefined || path === '') return undefined
    const done = sharePath(console, path)
    return { started: done, done }
  },
}

export const share = defineCommand({
  verb: 'share',
  summary: 'share files or folders and seed them until Ctrl-C',
  words: '<path...>',
  settings: {
    ...peerSettings,
    ...viaSettings,
    name: value({ flag: 'name', description: 'name to list it under' }, 'NAME', readText, undefined),
  },
  examples: [
    'shoal share holiday.mp4',
    'shoal share photos/ --name "Photos 2024" --upload-limit 5M',
    'shoal share film.mkv --via 127.0.0.1:8080',
  ],
  menu,
  run: async (call) => {
    const { words, settings, output } = call
    if (settings.name !== undefined && words.length > 1)
      throw new ShoalError('USAGE', '--name names one path, and several were given.')
    if (settings.via !== undefined) return shareVia(call, settings.via, words, settings.name)
    await withPeer(call, async (peer) => {
      for (const path of words) await sharePath({ ...call, peer }, path, settings.name)
      const stop = follow(output, () => (output.isJson ? peer.transfers : []))
      await seedUntilInterrupted(call, plural(words.length, 'torrent')).finally(stop)
    })
  },
})
