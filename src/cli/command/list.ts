import { catalogDocument, catalogTable, catalogWithPeers } from '../catalog.js'
import { defineCommand } from '../definition.js'
import type { MenuEntry } from '../menu/entry.js'
import { withAskingPeer } from '../peer.js'
import { askingSettings } from '../settings.js'

const menu: MenuEntry = {
  title: 'List available torrents',
  help: 'Every torrent that the tracker knows, with its ID and with the peers that have it or fetch it.',
  choose: async ({ peer, output, interrupt }) => {
    const entries = await interrupt.race(peer.list())
    if (entries.length === 0) output.line('No torrents are shared yet.')
    for (const line of catalogWithPeers(entries)) output.line(line)
    return undefined
  },
}

export const list = defineCommand({
  verb: 'list',
  summary: 'list the torrents that the tracker knows',
  words: '[query]',
  settings: askingSettings,
  examples: ['shoal list', 'shoal list holiday --tracker 192.168.1.10:8888'],
  menu,
  run: async (call) => {
    const { output, interrupt, words } = call
    const entries = await withAskingPeer(call, (peer) => interrupt.race(peer.list(words[0])))
    output.event(catalogDocument(entries))
    if (entries.length === 0) output.note('No torrents.')
    else for (const line of catalogTable(entries)) output.line(line)
  },
})
