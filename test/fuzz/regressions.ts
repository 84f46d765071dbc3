/** An input that was a finding once. */
export interface Regression {
  readonly target: string
  readonly hex: string
  /** What the decoder did. */
  readonly was: string
}

export const regressions: readonly Regression[] = []
