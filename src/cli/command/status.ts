import type { ReachDocument, StatusDocument, TrackerDocument, TransferDocument } from '../../api/contract.js'
import { formatBytes, formatRate } from '../../support/units.js'
import { defineCommand } from '../definition.js'
import { sentence } from '../failure.js'
import { percent } from '../progress/bar.js'
import { runningPeer } from '../runningPeer.js'
import { formatEndpoint, runningSettings } from '../settings.js'
import { plural, safeName, tableLines } from '../text.js'

/** Digits of an info-hash that name a torrent which no tracker has numbered. */
const SHORT_HASH = 8

const shortId = ({ torrentId, id }: TransferDocument): string =>
  torrentId === undefined ? id.slice(0, SHORT_HASH) : String(torrentId)

const row = (transfer: TransferDocument): string[] => [
  shortId(transfer),
  safeName(transfer.name),
  transfer.state,
  percent(transfer).trim(),
  formatRate(transfer.downloadRate),
  formatRate(transfer.uploadRate),
  String(transfer.peers),
  formatBytes(transfer.uploaded),
]

const HEADS = ['ID', 'NAME', 'STATE', 'DONE', 'DOWN', 'UP', 'PEERS', 'UPLOADED']

const transferLines = ({ transfers, transferCount }: StatusDocument): string[] => {
  if (transferCount === 0) return ['Nothing is shared or downloaded.']
  const more = transferCount - transfers.length
  return [
    ...tableLines([HEADS, ...transfers.map(row)]),
    ...(more > 0 ? [`and ${plural(more, 'earlier torrent')}`] : []),
    ...transfers.flatMap(({ name, error }) =>
      error === undefined ? [] : [safeName(`${name}: ${sentence(error.detail)} ${error.remedy}`)],
    ),
  ]
}

const reached = ({ isReachable }: TrackerDocument): string => {
  if (isReachable === undefined) return 'not asked yet'
  return isReachable ? 'reachable' : 'not reachable'
}

const trackerRow = (tracker: TrackerDocument): string[] => [
  safeName(formatEndpoint(tracker)),
  reached(tracker),
]

const trackerLines = ({ trackers }: StatusDocument): string[] =>
  trackers.length === 0 ? ['No tracker.'] : tableLines([['TRACKER', 'STATE'], ...trackers.map(trackerRow)])

/** How others come to this peer; nothing where nobody tried. */
const reachLines = ({ isReachable, mapping, relay }: ReachDocument): string[] => {
  const by =
    mapping === undefined ? '' : `, by port ${mapping.externalPort} of the router (${mapping.protocol})`
  const line = isReachable === true ? `Others can connect to it${by}.` : NOT_REACHED
  return [...(isReachable === undefined ? [] : [line]), ...(relay === undefined ? [] : [relayLine(relay)])]
}

const NOT_REACHED = 'Others cannot connect to it; they are met by way of the tracker.'

const relayLine = ({ pairs, maxPairs, bytes, rate }: NonNullable<ReachDocument['relay']>): string =>
  `Carries for others: ${pairs} of at most ${plural(maxPairs, 'connection')}, ${formatBytes(bytes)} so far, at most ${formatRate(rate)}.`

export const status = defineCommand({
  verb: 'status',
  summary: 'what the running peer is doing: its torrents and trackers',
  settings: runningSettings,
  examples: ['shoal status', 'shoal status --http 127.0.0.1:8081 --json'],
  run: async (call) => {
    const { output, interrupt } = call
    const found = await interrupt.race(runningPeer(call).then((peer) => peer.status()))
    output.event(found)
    output.line(`Peer ${found.peerId} on ${safeName(formatEndpoint(found))}`)
    for (const line of [...reachLines(found.reach), ...trackerLines(found), '', ...transferLines(found)])
      output.line(line)
  },
})
