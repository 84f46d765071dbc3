import { HASH_SIZE, treeHeight } from '../merkle/tree.js'
import { fromHex } from '../hex.js'
import type { Content } from './content.js'
import type { Layout } from './layout.js'
import type { RootHash } from '../ids.js'

/** Bytes of a SHA-1. */
export const SHA1_SIZE = 20

/** What a piece's chunks must lead to. */
export interface PieceHash {
  /** Root of the subtree over the piece's chunks. */
  readonly hash: Uint8Array
  /** Levels of that subtree; chunks beyond the file's end count as leaves of zeros (BEP 52). */
  readonly height: number
}

/**
 * The SHA-256 that `piece` must have: the file's root where the file is no longer than a piece,
 * else its entry of the piece layer (BEP 52). Undefined where no hash is known.
 */
export const pieceHashOf = (
  content: Pick<Content, 'files'>,
  layers: ReadonlyMap<RootHash, Uint8Array>,
  layout: Layout,
  piece: number,
): PieceHash | undefined => {
  const place = layout.placeOfPiece(piece)
  const root = content.files[place.stream]?.rootHash
  if (root === undefined) return undefined
  if (place.pieces === 1) {
    const hash = fromHex(root)
    return hash && { hash, height: treeHeight(layout.chunksOf(piece).count) }
  }
  const layer = layers.get(root)
  const hash = layer?.subarray(place.index * HASH_SIZE, (place.index + 1) * HASH_SIZE)
  return hash?.length === HASH_SIZE ? { hash, height: treeHeight(layout.chunksPerPiece) } : undefined
}

/** The SHA-1 that `piece` must have, of those of all pieces strung together (BEP 3 "pieces"). */
export const pieceHashV1 = (piecesV1: Uint8Array, piece: number): Uint8Array =>
  piecesV1.subarray(piece * SHA1_SIZE, (piece + 1) * SHA1_SIZE)
