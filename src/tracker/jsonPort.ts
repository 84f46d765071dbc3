import type { Socket } from 'node:net'
import { asObject, type JsonObject } from '../protocol/json/fields.js'
import { Ret } from '../protocol/json/op.js'
import { MAX_MESSAGE, MAX_METAINFO_MESSAGE } from '../protocol/limits.js'
import type { Logger } from '../support/log.js'
import { messageLine } from '../support/messageLine.js'
import {
  serveJson,
  type Answer,
  type Caller,
  type JsonServiceOptions,
  type Session,
} from '../transport/jsonService.js'
import { MessageRoom } from '../transport/messageRoom.js'
import type { TrackerService } from './service.js'

/** Large uploads under way at once, from all peers: 8 of the largest. */
const UPLOAD_ROOM = 8 * MAX_METAINFO_MESSAGE

const limitOf = (request: JsonObject): number =>
  request.METAINFO === undefined ? MAX_MESSAGE : MAX_METAINFO_MESSAGE

const logMessage =
  (logger: Logger): NonNullable<JsonServiceOptions['onMessage']> =>
  (direction: 'received' | 'sent', message: Answer, caller: Caller) => {
    const other = `${caller.host} port ${caller.port}`
    logger.debug(() => `${direction === 'sent' ? 'to' : 'from'} ${other}: ${messageLine(message)}`)
    const answer = direction === 'sent' ? asObject(message) : undefined
    if (answer?.RET_CODE !== Ret.BAD_REQUEST) return
    logger.info(() => `refused a request from ${other} -> ${Ret.BAD_REQUEST} ${String(answer.ERROR)}`)
  }

/** What serves a connection that speaks the JSON protocol. */
export const jsonPort = (
  service: TrackerService,
  logger: Logger,
  onDefect: (error: unknown) => void,
): ((socket: Socket) => Session) => {
  const options: JsonServiceOptions = {
    maxRequest: MAX_METAINFO_MESSAGE,
    limitOf,
    room: new MessageRoom(UPLOAD_ROOM),
    handle: (request, caller) => service.handle(request, caller),
    onDefect,
    onMessage: logMessage(logger),
  }
  return (socket) => serveJson(socket, options)
}
