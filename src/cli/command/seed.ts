import { basename } from 'node:path'
import { toggle } from '../../support/setting.js'
import { defineCommand } from '../definition.js'
import { seedUntilInterrupted, withPeer } from '../peer.js'
import { peerSettings } from '../settings.js'
import { safeName } from '../text.js'
import { hashingProgress, saySharing } from '../transfer.js'

export const seed = defineCommand({
  verb: 'seed',
  summary: 'seed data that exists, verified first, until Ctrl-C',
  words: '<torrent> <folder>',
  settings: {
    ...peerSettings,
    skipVerify: toggle({ flag: 'skip-verify', description: 'trust the data: do not hash it first' }),
  },
  examples: ['shoal seed photos.torrent ~/Pictures'],
  run: async (call) => {
    const { output, interrupt, settings } = call
    const [torrent = '', folder = ''] = call.words
    await withPeer(call, async (peer) => {
      const transfer = await interrupt.race(
        peer.seed(torrent, folder, {
          skipVerify: settings.skipVerify,
          onProgress: hashingProgress(output, basename(torrent)),
          signal: interrupt.signal,
        }),
      )
      await interrupt.race(transfer.complete)
      saySharing(output, transfer.status)
      await seedUntilInterrupted(call, safeName(transfer.status.name))
    })
  },
})
