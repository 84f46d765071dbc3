/** Operation and return codes of the JSON protocol. */
export const Op = {
  GET_LIST: 100,
  GET_TORRENT: 110,
  START_SEED: 120,
  STOP_SEED: 130,
  UPLOAD_FILE: 140,
  STATUS_INTERESTED: 150,
  STATUS_UNINTERESTED: 160,
  STATUS_CHOKED: 170,
  STATUS_UNCHOKED: 180,
  GET_PEERS: 190,
  GET_CHUNK: 195,
  CHECK_REACHABILITY: 300,
  AWAIT_CALLS: 310,
  CALL_BACK: 315,
  PUNCH: 320,
  ANSWER_PUNCH: 330,
  RELAY: 340,
  JOIN_RELAY: 350,
} as const

export const Ret = {
  SUCCESS: 200,
  FINISHED_DOWNLOAD: 201,
  FINISHED_SEEDING: 202,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  ALREADY_SEEDING: 409,
  NO_AVAILABLE_TORRENTS: 410,
  TORRENT_DOES_NOT_EXIST: 411,
  FAIL: 450,
  FAILED_TO_DOWNLOAD: 451,
} as const

export type OpName = keyof typeof Op
export type OpCode = (typeof Op)[OpName]
export type RetName = keyof typeof Ret
export type RetCode = (typeof Ret)[RetName]

const OP_NAMES = new Map<number, OpName>(Object.entries(Op).map(([name, code]) => [code, name as OpName]))
const RET_NAMES = new Map<number, RetName>(Object.entries(Ret).map(([name, code]) => [code, name as RetName]))

export const opName = (code: unknown): OpName | undefined =>
  typeof code === 'number' ? OP_NAMES.get(code) : undefined
export const retName = (code: unknown): RetName | undefined =>
  typeof code === 'number' ? RET_NAMES.get(code) : undefined
