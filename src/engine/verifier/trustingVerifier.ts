import type { Verdict, Verifier } from './verifier.js'

/** Takes every chunk as it comes: for content shared without hashes, and only where the user allowed it. */
export class TrustingVerifier implements Verifier {
  check(chunk: number, leaf: Uint8Array): Verdict {
    return { outcome: 'verified', verified: [{ chunk, leaf }], suspects: [] }
  }

  restore(): void {
    // Nothing leads to anything here.
  }

  knows(): boolean {
    return true
  }
}
