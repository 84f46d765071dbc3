/** An input that was a finding once. */
export interface Regression {
  readonly target: string
  readonly hex: string
  /** What the decoder did. */
  readonly was: string
}

export const regressions: readonly Regression[] = [
  {
    target: 'session',
    hex: Buffer.from(
      `{"version":1,"transfers":[{"torrent":"${'ab'.repeat(32)}.torrent","path":"/a","stamps":[[40000,1e999]]}]}`,
    ).toString('hex'),
    was: 'took a time that is infinite, which cannot be written again',
  },
]
