import { binaryString, decodeBencode, encodeBencode } from '../bencode.js'
import { concatBytes, encodeUtf8, equalBytes } from '../bytes.js'
import type { Hash, Hashes } from '../hash.js'
import { fromHex } from '../hex.js'
import type { RootHash } from '../ids.js'
import { CHUNK_SIZE } from '../limits.js'
import { HASH_SIZE } from '../merkle/tree.js'
import type { ContentFile } from './content.js'
import { asDict } from './fields.js'
import { readInfo, type Info } from './info.js'
import { rootOfLayer } from './pieceLayers.js'

/**
 * What peers give for a magnet link: an info dictionary alone (BEP 9).
 *
 * @throws ShoalError METAINFO_INVALID, PATH_UNSAFE, BENCODE_INVALID
 */
export const readMetadata = (infoBytes: Uint8Array, hashes: Hashes): Info =>
  readInfo(asDict(decodeBencode(infoBytes)), infoBytes, hashes)

/** A piece layer that an info dictionary does not hold and its torrent needs (BEP 52). */
export interface MissingLayer {
  readonly root: RootHash
  readonly rootBytes: Uint8Array
  /** Hashes in it. */
  readonly count: number
  /** Layers above the chunks. */
  readonly level: number
}

/** The piece layers that `info` needs, each once; none for a torrent of v1 alone. */
export const missingLayers = ({ files, pieceLength }: Info): readonly MissingLayer[] => {
  const layers = new Map<RootHash, MissingLayer>()
  for (const file of files) {
    const layer = layerOf(file, pieceLength)
    if (layer !== undefined) layers.set(layer.root, layer)
  }
  return [...layers.values()]
}

const layerOf = ({ rootHash, size }: ContentFile, pieceLength: number): MissingLayer | undefined => {
  const rootBytes = fromHex(rootHash ?? '')
  if (rootHash === undefined || rootBytes === undefined || size <= pieceLength) return undefined
  const level = Math.log2(pieceLength / CHUNK_SIZE)
  return { root: rootHash, rootBytes, count: Math.ceil(size / pieceLength), level }
}

/** Whether `hashes`, strung together, are the layer. */
export const isLayer = (sha256: Hash, layer: MissingLayer, hashes: Uint8Array): boolean =>
  hashes.length === layer.count * HASH_SIZE &&
  equalBytes(rootOfLayer(sha256, hashes, CHUNK_SIZE * 2 ** layer.level), layer.rootBytes)

/** The .torrent of an info dictionary, its bytes as they came, and its piece layers. */
export const assembleTorrent = (
  infoBytes: Uint8Array,
  layers: readonly { readonly layer: MissingLayer; readonly hashes: Uint8Array }[],
): Uint8Array => {
  const rest =
    layers.length === 0
      ? []
      : [
          encodeUtf8('12:piece layers'),
          encodeBencode(new Map(layers.map(({ layer, hashes }) => [binaryString(layer.rootBytes), hashes]))),
        ]
  return concatBytes([encodeUtf8('d4:info'), infoBytes, ...rest, encodeUtf8('e')])
}
