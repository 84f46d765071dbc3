import type { AnnounceRequest, AnnounceResponse } from '../protocol/announce/announce.js'
import { ShoalError } from '../protocol/errors.js'

/** One announce to one tracker. */
export interface AnnounceCall {
  /** The announce URL. */
  readonly url: string
  readonly request: AnnounceRequest
  /** As this tracker's last answer had it. */
  readonly trackerId: Uint8Array | undefined
  /** Breaks it off. */
  readonly signal: AbortSignal
}

/** Resolves with what the tracker says. @throws ShoalError TRACKER_UNREACHABLE, TRACKER_ANSWER_INVALID */
export type Announce = (call: AnnounceCall) => Promise<AnnounceResponse>

/** A tracker as it is told to a person: without its path, which may hold a secret of its user. */
export const trackerName = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)

export const unreachable = (url: string, why: string, cause?: unknown): ShoalError =>
  new ShoalError('TRACKER_UNREACHABLE', `tracker ${trackerName(url)}: ${why}`, { cause })

export const nonsense = (url: string, why: string): ShoalError =>
  new ShoalError('TRACKER_ANSWER_INVALID', `tracker ${trackerName(url)}: ${why}`)
