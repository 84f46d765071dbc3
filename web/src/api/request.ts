import type { Problem } from '../../../src/api/contract.js'
import { text } from '../strings.js'

/** An answer that is no success, or none at all: then `status` is 0. */
export class ApiError extends Error {
  readonly status: number
  readonly remedy: string
  readonly code: string

  constructor(status: number, problem: Partial<Pick<Problem, 'code' | 'detail' | 'remedy'>>) {
    super(problem.detail ?? text.error.unknown(status))
    this.status = status
    this.code = problem.code ?? ''
    this.remedy = problem.remedy ?? ''
  }
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is. */
  readonly data?: Blob
  readonly type?: string
  readonly signal?: AbortSignal
}

/** How long an answer may take that is not data; to stop a torrent tells a tracker that may be slow. */
const PATIENCE = 65_000

const gone = (): ApiError => new ApiError(0, { detail: text.error.gone, remedy: text.error.goneRemedy })

const initOf = ({ method = 'GET', body, data, type, signal }: Asked): RequestInit => {
  const patience = AbortSignal.timeout(PATIENCE)
  const init: RequestInit = { method, signal: signal ? AbortSignal.any([signal, patience]) : patience }
  if (data) return { ...init, body: data, headers: { 'content-type': type ?? 'application/octet-stream' } }
  if (body === undefined) return init
  return { ...init, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

const problemOf = async (answer: Response): Promise<ApiError> => {
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>
  return new ApiError(answer.status, problem)
}

/** Asks the program that served this page. @throws ApiError */
export const ask = async <Document>(path: string, asked: Asked = {}): Promise<Document> => {
  const answer = await fetch(path, initOf(asked)).catch((error: unknown) => {
    if (asked.signal?.aborted) throw error
    throw gone()
  })
  if (!answer.ok) throw await problemOf(answer)
  return (answer.status === 204 ? undefined : await answer.json()) as Document
}
