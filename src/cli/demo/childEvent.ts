import type { ErrorCode } from '../../protocol/errors.js'
import type { Shown } from '../progress/shown.js'

/** What the demo reads of the events that commands print with --json. */
export type ChildEvent =
  | { readonly event: 'listening'; readonly host: string; readonly port: number }
  | { readonly event: 'shared'; readonly torrentId: number | undefined }
  | ({ readonly event: 'progress' } & Shown)
  | {
      readonly event: 'complete'
      readonly path: string
      readonly peers: readonly { readonly port: number; readonly downloaded: number }[]
    }
  | { readonly event: 'error'; readonly code: ErrorCode; readonly message: string }
  | { readonly event: 'hashing' | 'seeding' | 'stopped' }

export type EventOf<Name extends ChildEvent['event']> = Extract<ChildEvent, { readonly event: Name }>
