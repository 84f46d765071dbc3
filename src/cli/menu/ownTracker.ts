import { connect } from 'node:net'
import type { Endpoint } from '../../protocol/ids.js'
import type { TrackerAddress } from '../../protocol/trackerAddress.js'
import type { Logger } from '../../support/log.js'
import { isLoopbackHost } from '../../support/loopback.js'
import { trackersOf, type PeerCall } from '../peer.js'
import type { RunningTracker } from '../services.js'
import { formatEndpoint, trackerSettings } from '../settings.js'

/** How long a tracker may take to accept a connection, in milliseconds. */
const CONNECT_TIME = 1000

const isReachable = async ({ host, port }: Endpoint): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port })
    const settle = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(CONNECT_TIME, settle(false))
    socket.once('connect', settle(true)).once('error', settle(false))
  })

/** The first tracker of this machine, where none that is configured answers. */
const missingTracker = async (trackers: readonly TrackerAddress[]): Promise<Endpoint | undefined> => {
  const answers = await Promise.all(trackers.map(isReachable))
  return answers.includes(true)
    ? undefined
    : trackers.find(({ host, tls }) => tls === undefined && isLoopbackHost(host))
}

/** What the peer says stands in front: the tracker's own steps are of interest to few. */
const quieter = (logger: Logger): Logger => ({ ...logger, info: (line) => logger.debug(line) })

/**
 * Starts a tracker in this process where none of those configured is reachable and one of them would be on this
 * machine, so that a first user can share at once.
 */
export const startMissingTracker = async (call: PeerCall): Promise<RunningTracker | undefined> => {
  const { output, interrupt, services } = call
  const endpoint = await interrupt.race(missingTracker(trackersOf(call)))
  if (endpoint === undefined) return undefined
  const { interval, trustDeclared } = call.configOf({
    interval: trackerSettings.interval,
    trustDeclared: trackerSettings.trustDeclared,
  }).values
  const logger = quieter(output.logger)
  const tracker = await services.startTracker({ ...endpoint, interval, trustDeclared, logger })
  output.note(`No tracker answered at ${formatEndpoint(endpoint)}, so this console runs one there.`)
  output.note('It serves this machine alone; for others run `shoal tracker` and name it with --tracker.')
  return tracker
}
