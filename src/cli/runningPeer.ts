import type { ApiClient } from '../api/client.js'
import { urlOf } from '../api/url.js'
import { ShoalError } from '../protocol/errors.js'
import type { Call } from './definition.js'
import { HTTP_ENDPOINT, type runningSettings } from './settings.js'

export type RunningCall = Call<typeof runningSettings>

/**
 * The running peer that is meant: the one at --http, else the one that uses this state folder, else the one at the
 * default address, unless the folder was named.
 *
 * @throws ShoalError PEER_NOT_RUNNING; USAGE where several could be meant
 */
export const runningPeer = async ({ settings, origins }: RunningCall): Promise<ApiClient> => {
  const { http, state, token, fingerprint } = settings
  // Loaded when it is needed, so that --help costs nothing.
  const { ApiClient } = await import('../api/client.js')
  const { findRunning } = await import('../api/findRunning.js')
  if (http !== undefined) return new ApiClient({ endpoint: http, token, fingerprint })
  const [found, ...others] = await findRunning(state)
  if (others.length > 0) throw severalRun([found, ...others])
  if (found !== undefined) return found
  if (origins.state.kind === 'default') return new ApiClient({ endpoint: HTTP_ENDPOINT })
  throw new ShoalError('PEER_NOT_RUNNING', `No running peer with an HTTP API uses the state folder ${state}`)
}

const severalRun = (clients: readonly (ApiClient | undefined)[]): ShoalError => {
  const addresses = clients.flatMap((client) =>
    client === undefined ? [] : [urlOf(client.endpoint).slice(7)],
  )
  return new ShoalError('USAGE', `Several peers run here: name one with --http, of ${addresses.join(', ')}`)
}
