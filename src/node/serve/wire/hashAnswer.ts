import { concatBytes } from '../../../protocol/bytes.js'
import { toHex } from '../../../protocol/hex.js'
import type { HashRange } from '../../../protocol/wire/message.js'
import type { Torrent } from '../../torrent/torrent.js'

/** Hashes of one request, and layers of a proof (BEP 52: clients should not ask for more than 512 at once). */
const MAX_LENGTH = 512
const MAX_LAYERS = 40

const isPowerOfTwo = (number: number): boolean => Number.isInteger(Math.log2(number))

/**
 * The hashes asked for, and after them the uncles that lead to the root, lowest first (BEP 52 "hashes"). Layers that the
 * hashes themselves yield count as proof layers without an uncle, all but the one where they are a single node;
 * undefined where the request makes no sense or something is not known.
 *
 * @throws ShoalError FILE_CHANGED
 */
export const hashesFor = async (torrent: Torrent, range: HashRange): Promise<Uint8Array | undefined> => {
  const { baseLayer, index, length, proofLayers } = range
  if (length < 2 || length > MAX_LENGTH || !isPowerOfTwo(length) || index % length !== 0) return undefined
  if (baseLayer > MAX_LAYERS || proofLayers > MAX_LAYERS) return undefined
  const root = toHex(range.piecesRoot)
  const file = torrent.description.content.files.findIndex((one) => one.rootHash === root)
  if (file < 0) return undefined
  const hashes: Uint8Array[] = []
  const take = async (level: number, at: number): Promise<boolean> => {
    const hash = await torrent.proofs.nodeOf(file, level, at)
    if (hash !== undefined) hashes.push(hash)
    return hash !== undefined
  }
  for (let at = index; at < index + length; at++) if (!(await take(baseLayer, at))) return undefined
  for (let layer = Math.log2(length); layer <= proofLayers; layer++) {
    const sibling = Math.floor(index / 2 ** layer) ^ 1
    if (!(await take(baseLayer + layer, sibling))) return undefined
  }
  return concatBytes(hashes)
}
