import { SKIPPED } from '../../engine/picker/priority.js'
import type { Swarm } from '../../engine/swarm/swarm.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { Torrent } from '../torrent/torrent.js'
import { MOST_COPIES, PIECE_STATES, type PieceMap, type PieceState } from './reports.js'

/** `levels`: how much each piece is wanted, undefined where nothing is chosen among them. */
export const pieceMapOf = (torrent: Torrent, levels: Uint8Array | undefined): PieceMap => {
  const { layout, swarm } = torrent
  return {
    pieceCount: layout.pieceCount,
    pieceLength: layout.pieceLength,
    states: statesOf(torrent, levels),
    availability: availabilityOf(layout, swarm),
  }
}

const codeOf = (state: PieceState): number => PIECE_STATES.indexOf(state)

const statesOf = ({ layout, pieces, has, swarm }: Torrent, levels: Uint8Array | undefined): Uint8Array => {
  const states = new Uint8Array(layout.pieceCount)
  for (const source of swarm?.sources.values() ?? [])
    for (const chunk of source.inFlight.keys()) states[layout.pieceOf(chunk)] = codeOf('inFlight')
  for (let piece = 0; piece < states.length; piece++) {
    const { first, count } = layout.chunksOf(piece)
    if (pieces.has(piece)) states[piece] = codeOf('have')
    else if (states[piece] === codeOf('inFlight')) continue
    else if (has.countIn(first, count) > 0) states[piece] = codeOf('partial')
    else if (levels?.[piece] === SKIPPED) states[piece] = codeOf('unwanted')
  }
  return states
}

const availabilityOf = ({ pieceCount }: Layout, swarm: Swarm | undefined): Uint16Array => {
  const copies = new Uint16Array(pieceCount)
  if (swarm === undefined) return copies
  for (let piece = 0; piece < pieceCount; piece++)
    copies[piece] = Math.min(swarm.copiesOf(piece), MOST_COPIES)
  return copies
}
