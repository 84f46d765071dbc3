import { MAX_LIST_ANSWER, MAX_LIST_ROWS, MAX_ROW_PEERS, SIMPLE_READ } from '../../protocol/limits.js'
import { rowText } from '../encode.js'
import { headOf, reply, type Call, type Operation, type RequestOf } from './operation.js'

type Request = RequestOf<'GET_LIST'>

/** Rows asked of the store at first; then as many as fit if they are as large as those. */
const FIRST_BATCH = 16

/** Bytes of an answer apart from its rows: the head, NEXT_OFFSET and the newline. */
const FRAME = 100

interface Rows {
  readonly texts: readonly string[]
  /** Whether there are more behind them. */
  readonly hasMore: boolean
}

/** A caller that sends no LIMIT may take one read for the whole answer. */
const boundsOf = (request: Request): { readonly rows: number; readonly bytes: number } =>
  request.limit === undefined
    ? { rows: MAX_LIST_ROWS, bytes: SIMPLE_READ - FRAME }
    : { rows: Math.min(Math.max(request.limit, 1), MAX_LIST_ROWS), bytes: MAX_LIST_ANSWER - FRAME }

/** As many rows as fit; one always does (MAX_ROW_PEERS). */
const collect = async (request: Request, { store, peer }: Call): Promise<Rows> => {
  const bounds = boundsOf(request)
  const asker = peer.listed
  const texts: string[] = []
  let used = 0
  for (let batch = FIRST_BATCH; ; batch = nextBatch(texts.length, used, bounds.bytes)) {
    const limit = Math.min(batch, bounds.rows - texts.length)
    const offset = request.offset + texts.length
    const page = await store.page({ query: request.query, offset, limit, maxPeers: MAX_ROW_PEERS, asker })
    for (const row of page.rows) {
      const text = rowText(row)
      used += text.length + 1
      if (used > bounds.bytes) return { texts, hasMore: true }
      texts.push(text)
    }
    if (!page.hasMore || texts.length === bounds.rows) return { texts, hasMore: page.hasMore }
  }
}

/** At least FIRST_BATCH, so that small rows after large ones do not take many turns. */
const nextBatch = (rows: number, used: number, bytes: number): number =>
  Math.max(FIRST_BATCH, Math.ceil(((bytes - used) * rows) / used))

/** The answer in pieces: joined, a large page would be made anew three times on its way out. */
const piecesOf = ({ texts, hasMore }: Rows, offset: number): readonly string[] => {
  const head = JSON.stringify(headOf('GET_LIST', 'SUCCESS')).slice(0, -1)
  const pieces = [`${head},"TORRENT_LIST":[`]
  for (const text of texts) pieces.push(pieces.length === 1 ? '' : ',', text)
  pieces.push(hasMore ? `],"NEXT_OFFSET":${offset + texts.length}}` : ']}')
  return pieces
}

export const getList: Operation<'GET_LIST'> = async (request, call) => {
  await call.store.touch(call.peer, call.now)
  const rows = await collect(request, call)
  if (rows.texts.length === 0) return reply('GET_LIST', 'NO_AVAILABLE_TORRENTS', { TORRENT_LIST: [] })
  return { ret: 'SUCCESS', answer: piecesOf(rows, request.offset), note: `${rows.texts.length} torrents` }
}
