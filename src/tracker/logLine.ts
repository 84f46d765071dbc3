import { Ret } from '../protocol/json/op.js'
import type { TrackerRequest } from '../protocol/json/request.js'
import { cut } from '../support/messageLine.js'
import type { Reply } from './operation/operation.js'
import type { Registrant } from './store/store.js'

/** Characters of a name or a query that a line shows. */
const MAX_FIELD = 100

const hostOf = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** PEER_ID@IP:PORT, as the console shows peers too. */
export const peerName = ({ peerId, listed }: Pick<Registrant, 'peerId' | 'listed'>): string =>
  `${peerId}@${hostOf(listed.host)}:${listed.port}`

const subjectOf = (request: TrackerRequest): string => {
  switch (request.op) {
    case 'GET_LIST': {
      const query = request.query === undefined ? '' : ` ${JSON.stringify(cut(request.query, MAX_FIELD))}`
      return query + (request.offset === 0 ? '' : ` from ${request.offset}`)
    }
    case 'GET_TORRENT':
    case 'START_SEED':
    case 'STOP_SEED':
      return ` ${request.torrentId}`
    case 'UPLOAD_FILE':
      return ` ${JSON.stringify(request.fileName)}`
    case 'CALL_BACK':
    case 'PUNCH':
    case 'RELAY':
      return ` ${request.target}`
    case 'CHECK_REACHABILITY':
    case 'AWAIT_CALLS':
    case 'ANSWER_PUNCH':
      return ''
  }
}

/** A request and its answer in one line, such as `UPLOAD_FILE "name" from PEER_ID@IP:PORT -> 200 id 3`. */
export const requestLine = (request: TrackerRequest, peer: Registrant, { ret, note }: Reply): string =>
  `${request.op}${subjectOf(request)} from ${peerName(peer)} -> ${Ret[ret]}${note === undefined ? '' : ` ${note}`}`
