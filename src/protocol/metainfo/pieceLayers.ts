import type { BencodeDict } from '../bencode.js'
import { equalBytes } from '../bytes.js'
import type { Hash } from '../hash.js'
import { fromHex } from '../hex.js'
import type { RootHash } from '../ids.js'
import { CHUNK_SIZE } from '../limits.js'
import { HASH_SIZE, rootOfRun } from '../merkle/tree.js'
import type { Content } from './content.js'
import { asBytes, fault } from './fields.js'
import { binaryString } from '../bencode.js'

/** The root over a file's piece layer. */
export const rootOfLayer = (sha256: Hash, layer: Uint8Array, pieceLength: number): Uint8Array =>
  rootOfRun(sha256, layer, Math.log2(pieceLength / CHUNK_SIZE))

/**
 * The piece layer of every file longer than a piece, each proved by its root (BEP 52 "piece layers").
 * Layers of no file are left out.
 *
 * @throws ShoalError METAINFO_INVALID
 */
export const readPieceLayers = (
  layers: BencodeDict | undefined,
  content: Pick<Content, 'files' | 'pieceLength'>,
  sha256: Hash,
): ReadonlyMap<RootHash, Uint8Array> => {
  const { files, pieceLength } = content
  const proved = new Map<RootHash, Uint8Array>()
  for (const { size, rootHash } of files) {
    if (rootHash === undefined || size <= pieceLength) continue
    const root = fromHex(rootHash) ?? new Uint8Array()
    const layer = proved.get(rootHash) ?? asBytes(layers?.get(binaryString(root)))
    if (layer?.length !== HASH_SIZE * Math.ceil(size / pieceLength)) {
      throw fault('"piece layers" does not hold one hash for each piece of a file')
    }
    if (proved.has(rootHash)) continue
    if (!equalBytes(rootOfLayer(sha256, layer, pieceLength), root)) {
      throw fault('a piece layer does not match its root')
    }
    proved.set(rootHash, layer)
  }
  return proved
}
