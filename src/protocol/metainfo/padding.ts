/**
 * Zeros that stand after file `index` in the v1 stream, so that the next file begins on a piece (BEP 47, BEP 52).
 * None after the last file.
 */
export const paddingAfter = (
  files: readonly { readonly size: number }[],
  pieceLength: number,
  index: number,
): number => {
  const size = files[index]?.size ?? 0
  return index >= files.length - 1 ? 0 : (pieceLength - (size % pieceLength)) % pieceLength
}
