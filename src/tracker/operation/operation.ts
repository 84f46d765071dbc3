import { answerHead } from '../../protocol/json/answer.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import { Op, Ret, type OpName, type RetName } from '../../protocol/json/op.js'
import type { TrackerRequest } from '../../protocol/json/request.js'
import type { Answer, Caller } from '../../transport/jsonService.js'
import type { InfoHashLists } from '../announce/announceService.js'
import type { Reach } from '../reach/reach.js'
import type { Awaitable, Registrant, Stranger, TrackerStore } from '../store/store.js'

/** What an operation works with. */
export interface Call {
  /** The sender, as it is to be registered. */
  readonly peer: Registrant
  readonly store: TrackerStore
  /** Which torrents may be shared. */
  readonly lists: InfoHashLists
  /** Milliseconds. */
  readonly now: number
  /** Seconds between two announces of a peer. */
  readonly interval: number
  /** The connection that the request came by. */
  readonly caller: Caller
  readonly reach: Reach
}

/** An answer, with what a log line says of it. */
export interface Reply {
  readonly ret: RetName
  readonly answer: Answer
  readonly note?: string
}

export type RequestOf<Name extends TrackerRequest['op']> = Extract<TrackerRequest, { readonly op: Name }>

export type Operation<Name extends TrackerRequest['op']> = (
  request: RequestOf<Name>,
  call: Call,
) => Awaitable<Reply>

/** The first fields of an answer. */
export const headOf = (op: OpName, ret: RetName): JsonObject => answerHead(Op[op], Ret[ret])

export const reply = (op: OpName, ret: RetName, fields: JsonObject = {}, note?: string): Reply => ({
  ret,
  answer: { ...headOf(op, ret), ...fields },
  ...(note !== undefined && { note }),
})

/** A refusal; `why` travels as ERROR. */
export const refuse = (op: OpName, ret: RetName, why: string): Reply => reply(op, ret, { ERROR: why }, why)

const STRANGERS: Readonly<Record<Stranger, { readonly ret: RetName; readonly why: string }>> = {
  foreign: { ret: 'FORBIDDEN', why: 'PEER_ID is registered from another address' },
  unproven: {
    ret: 'UNAUTHORIZED',
    why: 'PEER_ID belongs to who holds its key: show that over TLS (--tracker tls://...), or use another PEER_ID (--state DIR)',
  },
}

/** Why the sender may not speak for the PEER_ID that it names. */
export const stranger = (op: OpName, kind: Stranger): Reply =>
  refuse(op, STRANGERS[kind].ret, STRANGERS[kind].why)

export const noSuchTorrent = (op: OpName): Reply =>
  refuse(op, 'TORRENT_DOES_NOT_EXIST', 'no torrent with this TORRENT_ID and INFO_HASH')

/** The peer that is wanted does not wait for calls here, or is of a network that the sender is to hear nothing of. */
export const absent = (op: OpName): Reply =>
  refuse(op, 'NOT_FOUND', 'that peer keeps no connection to this tracker')
