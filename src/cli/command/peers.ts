import type { PeerDocument, PeersDocument } from '../../api/contract.js'
import { formatBytes, formatRate } from '../../support/units.js'
import { defineCommand } from '../definition.js'
import { percent } from '../progress/bar.js'
import { runningPeer } from '../runningPeer.js'
import { formatEndpoint, runningSettings } from '../settings.js'
import { plural, safeName, tableLines } from '../text.js'

const ENCRYPTION = { none: 'none', mse: 'obfuscated', tls: 'TLS 1.3' }

const row = (peer: PeerDocument, chunks: number): string[] => [
  peer.isWebSeed === true ? 'web seed' : (peer.peerId ?? 'unknown'),
  safeName(formatEndpoint(peer)),
  peer.state,
  peer.way ?? '',
  ENCRYPTION[peer.encryption ?? 'none'],
  `${peer.chunks}/${chunks}`,
  percent({ done: peer.chunks, size: chunks }).trim(),
  formatBytes(peer.downloaded),
  formatRate(peer.downloadRate),
]

const HEADS = ['PEER', 'ADDRESS', 'STATE', 'WAY', 'ENCRYPTION', 'CHUNKS', 'HAS', 'DOWNLOADED', 'RATE']

/** What is complete needs no peers. */
const NOBODY: Partial<Record<PeersDocument['state'], string>> = {
  seeding: 'All of it is here, so no peer is asked for it.',
  finished: 'All of it is here, so no peer is asked for it.',
}

const lines = ({ name, state, chunks, peers, peerCount }: PeersDocument): string[] => {
  const title = `${safeName(name)}: ${state}, ${plural(chunks, 'chunk')}`
  if (peerCount === 0) return [title, NOBODY[state] ?? 'No peer is connected.']
  const more = peerCount - peers.length
  return [
    title,
    ...tableLines([HEADS, ...peers.map((peer) => row(peer, chunks))]),
    ...(more > 0 ? [`and ${plural(more, 'more peer')}`] : []),
  ]
}

export const peers = defineCommand({
  verb: 'peers',
  summary: 'the peers that the running peer fetches a torrent from, and what each has',
  words: '<id>',
  settings: runningSettings,
  examples: ['shoal peers 3', 'shoal peers 9f86d081 --json'],
  run: async (call) => {
    const { output, interrupt, words } = call
    const [id = ''] = words
    const found = await interrupt.race(runningPeer(call).then((peer) => peer.peers(id)))
    output.event(found)
    for (const line of lines(found)) output.line(line)
  },
})
