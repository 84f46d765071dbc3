import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { FakePeer } from '../../test/cli/fakePeer.js'
import type { NodeOptions, ShoalPeer } from '../node/api.js'
import { startPeer } from '../node/node.js'
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

/** A real peer that keeps what it has in `folder`, and downloads in `out` there. */
export const startRealPeer = async (
  folder: string,
  options: Partial<NodeOptions> = {},
): Promise<ShoalPeer> => {
  const peer = await startPeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [],
    peers: [],
    output: join(folder, 'out'),
    state: folder,
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    noSuperSeeding: true,
    logger: silentLogger,
    ...options,
  })
  onTestFinished(() => peer.stop())
  return peer
}

interface Opened extends RunningApi {
  readonly state: string
  /** What it logged. */
  readonly lines: readonly string[]
}

/** An API on a free port of this machine, for a peer that does nothing. */
export const apiOptions = async (options: Partial<ApiOptions> = {}): Promise<ApiOptions> => {
  const state = options.state ?? (await temporaryFolder())
  return {
    peer: fakePeer(),
    endpoint: { host: '127.0.0.1', port: 0 },
    anyPortIfTaken: false,
    logger: silentLogger,
    pages: join(state, 'no-pages'),
    ...options,
    state,
  }
}

/** The API of a peer, closed when the test ends. */
export const open = async (options: Partial<ApiOptions> = {}): Promise<Opened> => {
  const lines: string[] = []
  const logger = createLogger('debug', (_level, line) => lines.push(line))
  const full = await apiOptions({ logger, ...options })
  const api = await openApi(full)
  onTestFinished(() => api.close())
  return { ...api, state: full.state, lines }
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
  // Of what never ends the beginning is enough.
  if (response.headers['content-type'] === 'text/event-stream')
    response.once('data', () => response.destroy())
  response.on('error', () => undefined)
  response.setEncoding('utf8').on('data', (part: string) => (text += part))
  await once(response, 'close')
  return { status: response.statusCode ?? 0, headers: response.headers, text }
}
