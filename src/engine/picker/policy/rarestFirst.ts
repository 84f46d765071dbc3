import type { Random } from '../../random.js'

/** Which piece to begin: the lowest score, and among equals any with the same chance. */
export type PiecePolicy = (copies: number) => number

/** The fewest copies among the peers first, so that no piece is lost when a peer leaves. */
export const rarestFirst: PiecePolicy = (copies) => copies

/** The candidate with the lowest score; ties are broken by chance. Candidates are looked at once, none is copied. */
export const lowest = (
  count: number,
  score: (candidate: number) => number | undefined,
  random: Random,
): number | undefined => {
  let best: number | undefined
  let bestScore = Infinity
  let ties = 0
  for (let candidate = 0; candidate < count; candidate++) {
    const own = score(candidate)
    if (own === undefined || own > bestScore) continue
    ties = own < bestScore ? 1 : ties + 1
    if (own < bestScore || random() * ties < 1) best = candidate
    bestScore = own
  }
  return best
}
