/** Why a web server did not give what was asked for. */
type WebFaultKind =
  /** No connection, or no answer by it. */
  | 'unreachable'
  /** The connection ended before all was there. */
  | 'closed'
  /** Nothing came for too long. */
  | 'stalled'
  /** It does not have this file as it should be; it may have others. */
  | 'absent'
  /** It gives nothing, or is no server that may be asked. */
  | 'refused'
  /** Its answer is not what was asked for. */
  | 'garbage'

/** A request to a web server failed; the message says what happened. */
export class WebFault extends Error {
  readonly kind: WebFaultKind

  constructor(kind: WebFaultKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WebFault'
    this.kind = kind
  }
}
