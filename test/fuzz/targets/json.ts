import { deepStrictEqual, ok } from 'node:assert/strict'
import {
  decodeTorrentEntry,
  decodeTorrentObject,
  encodeEntryFacts,
  encodeFileEntry,
  encodeObjectFacts,
  encodePeerTable,
  parsePeerTable,
} from '../../../src/protocol/json/answer.js'
import { asObject, FieldFault, type JsonObject } from '../../../src/protocol/json/fields.js'
import { decodeUpload, encodeUpload } from '../../../src/protocol/json/upload.js'
import { Layout } from '../../../src/protocol/metainfo/layout.js'
import { safePath } from '../../../src/protocol/metainfo/path.js'
import { describeObject } from '../../../src/node/torrent/description.js'
import { proveUpload } from '../../../src/tracker/proof.js'
import { JsonFraming } from '../../../src/protocol/json/framing.js'
import {
  decodeChunk,
  decodePeers,
  decodeState,
  encodeChunk,
  encodeState,
} from '../../../src/protocol/json/peerAnswer.js'
import {
  decodePeerRequest,
  decodeTrackerRequest,
  encodePeerRequest,
  encodeTrackerRequest,
  type PeerRequest,
  type Sender,
  type TrackerRequest,
} from '../../../src/protocol/json/request.js'
import { Bitfield } from '../../../src/protocol/bitfield.js'
import { encodeUtf8 } from '../../../src/protocol/bytes.js'
import { MAX_PEERS_IN_LIST, MAX_PROOF_HASHES, MAX_REQUESTS_IN_FLIGHT } from '../../../src/protocol/limits.js'
import { expectRet, intervalIn, readAnswer } from '../../../src/discovery/trackerAnswer.js'
import { base64 } from '../../../src/transport/base64.js'
import { parseRequest } from '../../../src/transport/jsonRequest.js'
import { parseAnswer } from '../../../src/transport/parseAnswer.js'
import {
  bytesOf,
  infoHash,
  infoHashV1,
  jsonOf,
  peerId,
  rootHash,
  ticket,
  torrentId,
  torrents,
} from '../samples.js'
import { cut, nothing, shoalErrors, type Target } from '../target.js'

const isFieldFault = (error: unknown): boolean => error instanceof FieldFault

/** What `value` is once it was sent. */
const sent = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

const LIMIT = 2000

const sender: Sender = { peerId, host: '10.0.0.1', port: 8001, wires: ['json', 'bittorrent'] }
const upload = { fileName: 'film.mkv', chunks: 7, fileSize: 100_000, rootHash, infoHash, infoHashV1 }
const asker = { peerId, port: 8001 }
const torrent = { torrentId, infoHash }

const trackerRequests: readonly TrackerRequest[] = [
  { op: 'GET_LIST', sender, query: 'film', offset: 10, limit: 100 },
  { op: 'GET_TORRENT', sender, torrentId, infoHash, withMetainfo: true },
  { op: 'START_SEED', sender, torrentId, infoHash: undefined },
  { op: 'STOP_SEED', sender: { ...sender, wires: [] }, torrentId, infoHash },
  { op: 'UPLOAD_FILE', sender, ...upload, metainfo: torrents[0] },
  { op: 'CHECK_REACHABILITY', sender },
  { op: 'AWAIT_CALLS', sender, offersRelay: true },
  { op: 'CALL_BACK', sender, target: peerId, infoHash },
  { op: 'PUNCH', sender, target: peerId },
  { op: 'ANSWER_PUNCH', sender, ticket },
  { op: 'RELAY', sender, target: peerId },
]

const peerRequests: readonly PeerRequest[] = [
  { op: 'STATUS_INTERESTED', asker, torrent },
  { op: 'STATUS_UNINTERESTED', asker: { peerId: undefined, port: undefined }, torrent },
  { op: 'GET_PEERS', asker, torrent: { torrentId: undefined, infoHash } },
  { op: 'GET_CHUNK', asker, torrent, chunk: 3, withProof: true },
]

const requestSeeds = [
  ...trackerRequests.map((request) => jsonOf(encodeTrackerRequest(request, base64))),
  ...peerRequests.map((request) => jsonOf(encodePeerRequest(request))),
]

/** The requests in a stream, as a service reads them: framed first, which bounds their depth. */
const requestsIn = (input: Uint8Array): readonly JsonObject[] =>
  new JsonFraming(LIMIT * 10)
    .push(input)
    .messages.map(parseRequest)
    .filter((request) => typeof request !== 'string')

const framing: Target = {
  name: 'json-framing',
  seeds: [...requestSeeds, encodeUtf8(' {"A":"\\"}{","B":[{}]}\r\n{}{"C":"\\\\"}')],
  weight: 200,
  isDocumented: nothing,
  run: (input) => {
    const framing = new JsonFraming(LIMIT)
    const parts = cut(input).map((part) => {
      const frames = framing.push(part)
      ok(framing.held <= LIMIT)
      return { messages: frames.messages.map((message) => message.slice()), fault: frames.fault }
    })
    const whole = new JsonFraming(LIMIT).push(input)
    const messages = parts.flatMap((part) => part.messages)
    ok(messages.every((message) => message.length <= LIMIT))
    deepStrictEqual(
      messages,
      whole.messages.map((message) => message.slice()),
    )
    deepStrictEqual(parts.at(-1)?.fault === undefined, whole.fault === undefined)
    return messages
  },
}

const trackerRequest: Target = {
  name: 'tracker-request',
  seeds: requestSeeds,
  grammar: 'json',
  weight: 100,
  isDocumented: isFieldFault,
  run: (input) =>
    requestsIn(input).map((object) => {
      const request = decodeTrackerRequest(object, base64)
      deepStrictEqual(decodeTrackerRequest(sent(encodeTrackerRequest(request, base64)), base64), request)
      return request
    }),
}

const peerRequest: Target = {
  name: 'peer-request',
  seeds: requestSeeds,
  grammar: 'json',
  weight: 100,
  isDocumented: isFieldFault,
  run: (input) =>
    requestsIn(input).map((object) => {
      const request = decodePeerRequest(object)
      deepStrictEqual(decodePeerRequest(sent(encodePeerRequest(request))), request)
      return request
    }),
}

const peers = new Map([[peerId, { host: '::1', port: 8001, wires: ['json'] as const }]])
const facts = { ...upload, torrentId }
const SEEDER_LIST = encodePeerTable(peers)

const listAnswer = {
  OP_CODE: 100,
  RET_CODE: 200,
  INTERVAL: 60,
  TORRENT_LIST: [{ ...encodeEntryFacts(facts), SEEDER_LIST }],
}
const torrentAnswer = {
  ...encodeObjectFacts(facts),
  SEEDER_LIST,
  LEECHER_LIST: SEEDER_LIST,
  FILES: [encodeFileEntry({ path: 'a/b', size: 9, rootHash }), { PATH: 'empty', FILE_SIZE: 0 }],
  METAINFO: base64.encode(bytesOf(100)),
}
const fileAnswer = { ...encodeObjectFacts({ ...facts, fileSize: undefined }), FILE_NAME: 'one.flac' }
const refusal = { RET_CODE: 411, ERROR: 'no such torrent' }
const states = [
  encodeState({ isChoking: false, has: Bitfield.full(20), requests: 128 }, base64),
  encodeState({ isChoking: true, has: undefined, requests: 1 }, base64),
]
const chunkAnswers = [undefined, [bytesOf(32), bytesOf(32)]].map(
  (proof) => JSON.parse(encodeChunk(3, bytesOf(500), proof, base64).join('')) as JsonObject,
)
const answers = [listAnswer, torrentAnswer, refusal, ...states, ...chunkAnswers]

/** The answer in `input`, as deep as framing lets one be. */
const answerIn = (input: Uint8Array): JsonObject | undefined => {
  const [message] = new JsonFraming(LIMIT * 10).push(input).messages
  return message && parseAnswer(message)
}

const answer = (
  name: string,
  seeds: readonly JsonObject[],
  run: (object: JsonObject) => unknown,
): Target => ({
  name,
  seeds: seeds.map(jsonOf),
  grammar: 'json',
  weight: 100,
  isDocumented: isFieldFault,
  run: (input) => {
    const object = answerIn(input)
    return object && run(object)
  },
})

const rowsOf = (object: JsonObject): readonly JsonObject[] =>
  Array.isArray(object.TORRENT_LIST)
    ? (object.TORRENT_LIST as readonly unknown[]).map((row) => asObject(row) ?? {})
    : [object]

const torrentEntry = answer('torrent-entry', [listAnswer, torrentAnswer], (object) =>
  rowsOf(object).map(decodeTorrentEntry),
)
const torrentObject = answer('torrent-object', [torrentAnswer], (object) =>
  decodeTorrentObject(object, base64),
)

/** What a tracker says of a torrent becomes content that is downloaded and written. */
const description: Target = {
  ...answer(
    'description',
    [torrentAnswer, { ...torrentAnswer, METAINFO: undefined }, fileAnswer],
    (object) => {
      const { content } = describeObject(decodeTorrentObject(object, base64))
      ok(content.files.length > 0)
      for (const { path } of content.files) ok(safePath(path))
      const layout = new Layout(content)
      ok(layout.chunkCount === 0 || layout.chunksOf(layout.pieceCount - 1).count > 0)
      return content
    },
  ),
  isDocumented: (error) =>
    isFieldFault(error) || shoalErrors('METAINFO_INVALID', 'BENCODE_INVALID', 'PATH_UNSAFE')(error),
}

const torrentsAsUploads = torrents.map((metainfo) =>
  sent(encodeUpload({ ...upload, infoHash: undefined, metainfo }, base64)),
)
const bareUploads = torrentsAsUploads.map(({ METAINFO, NUM_OF_CHUNKS }) => ({ METAINFO, NUM_OF_CHUNKS }))

/** An upload whose .torrent proves, or disproves, what it says. */
const provenUpload: Target = {
  ...answer(
    'upload-proof',
    [sent(encodeUpload({ ...upload, metainfo: undefined }, base64)), ...bareUploads],
    (object) => proveUpload(decodeUpload({ FILE_NAME: 'film.mkv', ...object }, base64)),
  ),
  weight: 60,
}

const peerTable = answer('peer-table', [torrentAnswer, { PEER_LIST: SEEDER_LIST }], (object) => {
  const table = parsePeerTable(object.SEEDER_LIST)
  ok((table?.size ?? 0) <= MAX_PEERS_IN_LIST)
  if (table) deepStrictEqual(parsePeerTable(sent(encodePeerTable(table))), table)
  return [table, decodePeers(object)]
})

const stateAnswer = answer('state-answer', [...states, refusal], (object) => {
  const state = decodeState(object, 20, base64)
  if (typeof state !== 'string') {
    ok(state.requests >= 1 && state.requests <= MAX_REQUESTS_IN_FLIGHT)
    deepStrictEqual(decodeState(sent(encodeState(state, base64)), 20, base64), state)
  }
  return state
})

const chunkAnswer = answer('chunk-answer', [...chunkAnswers, refusal, ...states], (object) => {
  const chunk = decodeChunk(object, 3, base64)
  if (typeof chunk === 'string') return chunk
  ok((chunk.proof?.length ?? 0) <= MAX_PROOF_HASHES)
  const again = decodeChunk(
    sent(JSON.parse(encodeChunk(3, chunk.data, chunk.proof, base64).join(''))),
    3,
    base64,
  )
  deepStrictEqual(again, chunk)
  return chunk
})

const trackerVerdict: Target = {
  ...answer('tracker-verdict', [listAnswer, refusal], (object) => {
    const interval = intervalIn(object)
    ok(interval >= 1 && interval <= 3600)
    const ret = expectRet('GET_LIST', object, ['SUCCESS'])
    return [ret, interval, readAnswer('GET_LIST', () => rowsOf(object).map(decodeTorrentEntry))]
  }),
  isDocumented: shoalErrors(
    'TORRENT_NOT_FOUND',
    'ALREADY_SEEDING',
    'TRACKER_REFUSED',
    'TRACKER_ANSWER_INVALID',
  ),
}

const parsedAnswer: Target = {
  name: 'parse-answer',
  seeds: answers.map(jsonOf),
  grammar: 'json',
  weight: 150,
  isDocumented: nothing,
  run: parseAnswer,
}

const base64Text: Target = {
  name: 'base64',
  seeds: [0, 1, 2, 3, 100].map((length) => encodeUtf8(base64.encode(bytesOf(length)))),
  weight: 300,
  isDocumented: nothing,
  run: (input) => {
    const bytes = base64.decode(new TextDecoder().decode(input))
    if (bytes) deepStrictEqual(base64.decode(base64.encode(bytes)), bytes)
    return bytes
  },
}

export const jsonTargets: readonly Target[] = [
  framing,
  trackerRequest,
  peerRequest,
  torrentEntry,
  torrentObject,
  description,
  provenUpload,
  peerTable,
  stateAnswer,
  chunkAnswer,
  trackerVerdict,
  parsedAnswer,
  base64Text,
]
