import type { ActionDocument } from '../../api/contract.js'
import { defineCommand } from '../definition.js'
import { runningPeer } from '../runningPeer.js'
import { runningSettings } from '../settings.js'
import { safeName } from '../text.js'

const sentence = ({ name, was }: ActionDocument): string => {
  const shown = safeName(name)
  switch (was) {
    case 'seeding':
    case 'finished':
      return `Stopped sharing ${shown}.`
    case 'failed':
    case 'stopped':
      return `${shown} had stopped already.`
    default:
      return `Stopped downloading ${shown}; it resumes when it is asked for again.`
  }
}

export const stop = defineCommand({
  verb: 'stop',
  summary: 'stop sharing or downloading a torrent in the running peer',
  words: '<id>',
  settings: runningSettings,
  examples: ['shoal stop 3', 'shoal stop 9f86d081'],
  run: async (call) => {
    const { output, interrupt, words } = call
    const [id = ''] = words
    const stopped = await interrupt.race(runningPeer(call).then((peer) => peer.stop(id)))
    output.event(stopped)
    output.line(sentence(stopped))
  },
})
