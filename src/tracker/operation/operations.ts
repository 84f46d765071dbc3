import type { TrackerRequest } from '../../protocol/json/request.js'
import type { Awaitable } from '../store/store.js'
import { answerPunch } from './answerPunch.js'
import { awaitCalls } from './awaitCalls.js'
import { callBack } from './callBack.js'
import { checkReachability } from './checkReachability.js'
import { getList } from './getList.js'
import { getTorrent } from './getTorrent.js'
import type { Call, Operation, Reply } from './operation.js'
import { punch } from './punch.js'
import { relay } from './relay.js'
import { startSeed } from './startSeed.js'
import { stopSeed } from './stopSeed.js'
import { uploadFile } from './uploadFile.js'

type Operations = { readonly [Name in TrackerRequest['op']]: Operation<Name> }

/** What a tracker does: an operation of the JSON protocol is added here. */
const OPERATIONS: Operations = {
  GET_LIST: getList,
  GET_TORRENT: getTorrent,
  START_SEED: startSeed,
  STOP_SEED: stopSeed,
  UPLOAD_FILE: uploadFile,
  CHECK_REACHABILITY: checkReachability,
  AWAIT_CALLS: awaitCalls,
  CALL_BACK: callBack,
  PUNCH: punch,
  ANSWER_PUNCH: answerPunch,
  RELAY: relay,
}

/** @throws FieldFault where only a closer look shows that the request is malformed */
export const perform = (request: TrackerRequest, call: Call): Awaitable<Reply> => {
  // The map's type ties each operation to its request; the compiler cannot follow that through the union.
  const operation = OPERATIONS[request.op] as (request: TrackerRequest, call: Call) => Awaitable<Reply>
  return operation(request, call)
}
