/** A peer that has fewer pieces than this may be told of each on purpose, by a seeder that spreads its only copy. */
const FEW_PIECES = 8
/** A piece of which there are fewer copies than this, seeders left out, had better be copied first. */
const FEW_COPIES = 3

/** What is known when a piece is about to begin. */
export interface Beginning {
  /** Whether a piece is complete here. */
  readonly hasPiece: boolean
  /** Pieces that the peer to be asked has, and all that there are. */
  readonly offered: number
  readonly pieceCount: number
  /** Copies at peers that are no seeders of the rarest piece that this peer could be asked for. */
  readonly copies: number
}

/**
 * Whether the next piece is any that the peer has, instead of the rarest. Who has nothing to give yet needs a whole
 * piece soon, and the rarest comes from few. Not where that would hurt the swarm: while pieces are few anywhere; from a
 * seeder, since only from there come pieces that no other peer has; and from one that shows few pieces, which are the
 * ones to take.
 */
export const beginsAtRandom = ({ hasPiece, offered, pieceCount, copies }: Beginning): boolean =>
  !hasPiece && copies >= FEW_COPIES && offered >= FEW_PIECES && offered < pieceCount
