import { METADATA_PIECE, type MetadataMessage } from '../../../protocol/wire/extension/metadata.js'
import type { Torrent } from '../../torrent/torrent.js'

/** The answer to a request for a piece of the info dictionary (BEP 9). */
export const metadataFor = ({ description }: Torrent, piece: number): MetadataMessage => {
  const { infoBytes } = description.metainfo ?? {}
  const start = piece * METADATA_PIECE
  if (infoBytes === undefined || start >= infoBytes.length) return { kind: 'reject', piece }
  const data = infoBytes.subarray(start, start + METADATA_PIECE)
  return { kind: 'data', piece, totalSize: infoBytes.length, data }
}
