import type { Finding } from '../../../src/engine/diagnosis/diagnose.js'
import type { TransferState } from '../../../src/api/contract.js'

/** One thing that holds a transfer up, or its state where nothing is moved in it. */
export type DiagnosisFinding = Finding | { readonly kind: 'failing' } | { readonly kind: TransferState }

/** GET /api/torrents/:id/diagnosis: what matters most first. */
export interface DiagnosisDocument {
  readonly findings: readonly DiagnosisFinding[]
}
