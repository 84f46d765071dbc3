import type { NodeContext } from '../context.js'
import type { NodeFigures } from './reports.js'

/** The figures of a peer that started at `startedAt`, in milliseconds of its clock. */
export const figuresOf = ({ serving, transfers, now }: NodeContext, startedAt: number): NodeFigures => {
  const { wires, verifiedChunks, wrongChunks, superfluousChunks, failedPieces } = serving.traffic
  const connections = { incoming: 0, outgoing: 0 }
  let diskQueue = 0
  for (const { course } of transfers) {
    for (const { detail } of course.run?.torrent.sessions ?? []) connections[detail.direction]++
    diskQueue += course.run?.diskQueue ?? 0
  }
  const uptime = (now() - startedAt) / 1000
  const { json, bittorrent, web } = wires
  const bytes = { json: { ...json }, bittorrent: { ...bittorrent }, web: { ...web } }
  const chunks = { verifiedChunks, wrongChunks, superfluousChunks, failedPieces }
  return { uptime, wires: bytes, ...chunks, connections, diskQueue }
}
