import type { Content } from './content.js'

/**
 * Zeros that stand after file `index` in the v1 stream, so that the next file begins on a piece (BEP 47, BEP 52).
 * None after the last file.
 */
export const paddingAfter = (content: Pick<Content, 'files' | 'pieceLength'>, index: number): number => {
  const { files, pieceLength } = content
  const size = files[index]?.size ?? 0
  return index >= files.length - 1 ? 0 : (pieceLength - (size % pieceLength)) % pieceLength
}
