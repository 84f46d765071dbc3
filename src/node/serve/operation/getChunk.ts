import { Op, Ret } from '../../../protocol/json/op.js'
import { encodeChunk } from '../../../protocol/json/peerAnswer.js'
import { base64 } from '../../../transport/base64.js'
import type { Answer } from '../../../transport/jsonService.js'
import type { Torrent } from '../../torrent/torrent.js'
import { slotKey, type Operation, type ServeContext } from '../context.js'
import { passUpload, uploadDelay } from '../uploadLimit.js'

/** The upload limits may hold up an answer about this long; who asks beyond it is choked. Milliseconds. */
const MAX_PAUSE = 10_000

const CHOKED = { OP_CODE: Op.STATUS_CHOKED, RET_CODE: Ret.FORBIDDEN }
const refusal = (ret: number, chunk: number): Answer => ({
  OP_CODE: Op.GET_CHUNK,
  RET_CODE: ret,
  CHUNK_IDX: chunk,
})

type Proof = readonly Uint8Array[] | undefined

/**
 * A verified chunk, with its proof when asked. What is in memory is answered in the same turn:
 * this is what a seeder does most.
 */
export const getChunk: Operation<'GET_CHUNK'> = (context, request, torrent, caller) => {
  const { chunk, withProof } = request
  if (!torrent.has.has(chunk)) return refusal(Ret.NOT_FOUND, chunk)
  const key = slotKey(request, torrent, caller)
  if (!context.slots.request(key)) return CHOKED
  const bytes = torrent.layout.lengthOf(chunk)
  if (uploadDelay(context, torrent, caller.gone) > MAX_PAUSE) return CHOKED
  context.slots.sent(key, bytes)
  const isSecure = caller.provenId !== undefined
  torrent.takers.give(key, { ...caller, peerId: request.asker.peerId, isSecure }, bytes, context.now())
  const passing = passUpload(context, torrent, bytes, caller.gone)
  if (passing !== undefined) return answerLater(context, torrent, chunk, withProof, passing)
  const proof = withProof ? torrent.proofs.of(chunk) : undefined
  const data = proof instanceof Promise ? undefined : torrent.reader.read(chunk)
  if (proof instanceof Promise || data === undefined || data instanceof Promise) {
    return answerWhenRead(context, torrent, chunk, proof, data)
  }
  return send(context, torrent, chunk, data, proof)
}

const send = (
  { now, traffic }: ServeContext,
  torrent: Torrent,
  chunk: number,
  data: Uint8Array,
  proof: Proof,
): Answer => {
  torrent.uploads.add(data.length, now())
  traffic.wires.json.sent += data.length
  return encodeChunk(chunk, data, proof, base64)
}

/** Takes the promises over: one that is left alone would end the process when it rejects. */
const answerWhenRead = async (
  context: ServeContext,
  torrent: Torrent,
  chunk: number,
  proof: Proof | Promise<Proof>,
  data?: Uint8Array | Promise<Uint8Array>,
): Promise<Answer> => {
  try {
    const proven = await proof
    return send(context, torrent, chunk, await (data ?? torrent.reader.read(chunk)), proven)
  } catch (error) {
    context.onBroken(torrent, error)
    return refusal(Ret.FAIL, chunk)
  }
}

/** Waits until the upload limits allow it, or until nobody waits for it any more. */
const answerLater = async (
  context: ServeContext,
  torrent: Torrent,
  chunk: number,
  withProof: boolean,
  passing: Promise<boolean>,
): Promise<Answer> => {
  if (!(await passing)) return refusal(Ret.FAIL, chunk)
  return answerWhenRead(context, torrent, chunk, withProof ? torrent.proofs.of(chunk) : undefined)
}
