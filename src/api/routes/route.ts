import type { ShoalPeer } from '../../node/api.js'

/** One route of the API. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** Its path; `:id` names a torrent. */
  readonly url: string
  /** The document that is answered. @throws ShoalError which becomes a problem */
  readonly answer: (peer: ShoalPeer, id: string) => object | Promise<object>
}
