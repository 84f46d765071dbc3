import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { FakePeer } from '../../test/cli/fakePeer.js'
import type { Endpoint } from '../protocol/ids.js'
import { createLogger } from '../support/log.js'
import { silentLogger } from '../support/silentLogger.contract.js'
import { openApi, type ApiOptions, type RunningApi } from './server.js'

/** A folder that is removed when the test ends. */
export const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-api-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export const fakePeer = (): FakePeer =>
  new FakePeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [{ host: '10.0.0.1', port: 8888 }],
    peers: [],
    output: 'output',
    state: 'state',
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    logger: silentLogger,
  })

interface Opened extends RunningApi {
  readonly state: string
  /** What it logged. */
  readonly lines: readonly string[]
}

/** The API of a peer on a free port of this machine, closed when the test ends. */
export const open = async (options: Partial<ApiOptions> = {}): Promise<Opened> => {
  const state = options.state ?? (await temporaryFolder())
  const lines: string[] = []
  const api = await openApi({
    peer: fakePeer(),
    endpoint: { host: '127.0.0.1', port: 0 },
    anyPortIfTaken: false,
    logger: createLogger('debug', (_level, line) => lines.push(line)),
    ...options,
    state,
  })
  onTestFinished(() => api.close())
  return { ...api, state, lines }
}

interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** One request as it is given, forbidden headers included. */
export const ask = async ({ host, port }: Endpoint, asked: Ask = {}): Promise<Answered> => {
  const { method = 'GET', path = '/api/status', headers = {}, body } = asked
  const sent = request({ host, port, method, path, headers, agent: false }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const part of response.setEncoding('utf8')) text += String(part)
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}
