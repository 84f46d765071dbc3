import { WAITING, type Verdict, type Verifier } from './verifier.js'

/** Takes every chunk as it comes: for content shared without hashes, and only where the user allowed it. */
export class TrustingVerifier implements Verifier {
  check(chunk: number, leaf: Uint8Array): Verdict {
    return { outcome: 'verified', verified: [{ first: chunk, count: 1, leaves: leaf }], suspects: [] }
  }

  checkRun(): Verdict {
    return WAITING
  }

  restore(): void {
    // Nothing leads to anything here.
  }

  knows(): boolean {
    return true
  }
}
