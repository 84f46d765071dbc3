/** Bytes that are asked for in a row of who goes on after its last piece, before the rarest is looked for again. */
const ROW = 4 * 1024 * 1024

export interface RowChoice {
  /** The last piece asked for. */
  readonly after: number
  /** What to begin where the row does not go on. */
  readonly otherwise: number
  readonly isOpen: (piece: number) => boolean
  /** Bytes. */
  readonly pieceLength: number
}

/** The piece after the last in its row, else the first that is open in a row up to `otherwise`. */
export const nextInRow = ({ after, otherwise, isOpen, pieceLength }: RowChoice): number => {
  const perRow = Math.ceil(ROW / pieceLength)
  if ((after + 1) % perRow !== 0 && isOpen(after + 1)) return after + 1
  let first = otherwise
  while (first % perRow !== 0 && isOpen(first - 1)) first--
  return first
}
