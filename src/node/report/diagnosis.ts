import type { Source } from '../../engine/peer/source.js'
import {
  diagnose,
  type DiagnosedPeer,
  type DownloadSymptoms,
  type SeedSymptoms,
} from '../../engine/diagnosis/diagnose.js'
import type { Swarm } from '../../engine/swarm/swarm.js'
import type { NodeContext } from '../context.js'
import type { Torrent } from '../torrent/torrent.js'
import type { ListedTransfer } from '../transfer/listed.js'
import type { Diagnosis } from './reports.js'

/** Why a transfer is as slow as it is. */
export const diagnosisOf = (context: NodeContext, transfer: ListedTransfer): Diagnosis => {
  const { state, error } = transfer.summary
  const { run } = transfer.course
  if (error !== undefined) return [{ kind: 'failing', code: error.code }]
  switch (state) {
    case 'connecting':
    case 'downloading':
      return run === undefined
        ? [{ kind: state }]
        : diagnose(downloadSymptoms(context, transfer, run.torrent))
    case 'seeding':
      return run === undefined ? [{ kind: state }] : diagnose(seedSymptoms(context, transfer, run.torrent))
    default:
      return [{ kind: state }]
  }
}

const downloadSymptoms = (
  context: NodeContext,
  transfer: ListedTransfer,
  torrent: Torrent,
): DownloadSymptoms => {
  const { swarm } = torrent
  const now = context.now()
  return {
    kind: 'download',
    rate: transfer.summary.downloadRate,
    peers: [...(swarm?.sources.values() ?? [])].map((source) => diagnosed(source, now)),
    knownPeers: swarm?.endpoints.length ?? 0,
    absentPieces: swarm === undefined ? 0 : absentPieces(torrent, swarm),
    isDiskBehind: transfer.course.run?.isDiskBehind === true,
    limit: transfer.limits.download,
    peerLimit: context.limits.rates.download,
    peerRate: sumOf(context, ({ downloadRate }) => downloadRate),
    ...trackersOf(transfer),
  }
}

const seedSymptoms = (context: NodeContext, transfer: ListedTransfer, torrent: Torrent): SeedSymptoms => {
  const details = [...torrent.sessions].map(({ detail }) => detail)
  const takers = torrent.takers.present(context.now()).size
  return {
    kind: 'seed',
    rate: transfer.summary.uploadRate,
    connected: details.length + takers,
    interested: details.filter(({ isInterestedInUs }) => isInterestedInUs).length + takers,
    limit: transfer.limits.upload,
    peerLimit: context.limits.rates.upload,
    peerRate: sumOf(context, ({ uploadRate }) => uploadRate),
    ...trackersOf(transfer),
  }
}

const diagnosed = (source: Source, now: number): DiagnosedPeer => ({
  isConnected: source.state !== 'asking',
  isChokingUs: source.state !== 'unchoked',
  isUseful: source.useful > 0,
  rate: source.meter.rate(now),
})

/** Pieces of which something is missing and that no source has whole. */
const absentPieces = ({ layout, pieces }: Torrent, swarm: Swarm): number => {
  let absent = 0
  for (let piece = 0; piece < layout.pieceCount; piece++)
    if (!pieces.has(piece) && swarm.wants(piece) && swarm.copiesOf(piece) === 0) absent++
  return absent
}

type Rates = ListedTransfer['summary']

const sumOf = ({ transfers }: NodeContext, rateOf: (summary: Rates) => number): number =>
  [...transfers].reduce((sum, { summary }) => sum + rateOf(summary), 0)

const trackersOf = ({ trackers }: ListedTransfer) => ({
  trackers: trackers.filter(({ state }) => state !== 'unused').length,
  failingTrackers: trackers.filter(({ state }) => state === 'failing').length,
})
