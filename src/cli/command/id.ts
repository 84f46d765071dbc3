import { listIdentities } from '../../node/identity.js'
import { defineCommand } from '../definition.js'
import { askingSettings } from '../settings.js'
import { tableLines } from '../text.js'

export const id = defineCommand({
  verb: 'id',
  summary: 'by which id and key others know the peers of this user',
  settings: { state: askingSettings.state },
  examples: ['shoal id', 'shoal id --json'],
  run: async ({ settings, output, interrupt }) => {
    const identities = await interrupt.race(listIdentities(settings.state))
    const [first, ...others] = identities.map(({ peerId, name, key: { fingerprint } }) => {
      return { peerId, fingerprint, name }
    })
    output.event({ ...first, others })
    const rows = identities.map(({ name, peerId, key }) => [name, peerId, key.fingerprint])
    for (const line of tableLines([['NAME', 'PEER ID', 'FINGERPRINT'], ...rows])) output.line(line)
  },
})
