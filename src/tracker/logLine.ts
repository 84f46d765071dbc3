import { Ret } from '../protocol/json/op.js'
import type { TrackerRequest } from '../protocol/json/request.js'
import type { Answer } from '../transport/jsonService.js'
import type { Reply } from './operation/operation.js'
import type { Registrant } from './store/store.js'

/** Characters of one text field, and of a whole message, that a debug line shows. */
const MAX_FIELD = 100
const MAX_LINE = 2000

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}… (${text.length})` : text

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
  }
}

/** A request and its answer in one line, such as `UPLOAD_FILE "name" from PEER_ID@IP:PORT -> 200 id 3`. */
export const requestLine = (request: TrackerRequest, peer: Registrant, { ret, note }: Reply): string =>
  `${request.op}${subjectOf(request)} from ${peerName(peer)} -> ${Ret[ret]}${note === undefined ? '' : ` ${note}`}`

/** A message in full, long fields cut short. */
export const messageLine = (message: Answer): string => {
  if (typeof message === 'string') return cut(message, MAX_LINE)
  const shorten = (_: string, value: unknown): unknown =>
    typeof value === 'string' ? cut(value, MAX_FIELD) : value
  return cut(JSON.stringify(message, shorten), MAX_LINE)
}
