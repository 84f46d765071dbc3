import { Op, Ret } from '../../../protocol/json/op.js'
import { slotKey, type Operation } from '../context.js'

/** The slot is free again. */
export const uninterested: Operation<'STATUS_UNINTERESTED'> = ({ slots }, request, torrent, caller) => {
  slots.release(slotKey(request, torrent, caller))
  return { OP_CODE: Op.STATUS_UNINTERESTED, RET_CODE: Ret.SUCCESS }
}
