import type { Endpoint } from '../../../protocol/ids.js'
import type { Logger } from '../../../support/log.js'
import type { Torrent } from '../../torrent/torrent.js'
import type { LinkEvents, PeerLink } from '../link.js'
import { WebSeedLink } from './webSeedLink.js'

/** Web seeds of one torrent that are used: more than mirrors that honest ones name, and little for those that are none. */
const MAX_WEB_SEEDS = 8

/** A web server that a torrent names as having its content (BEP 19). */
export interface WebSeed {
  /** Its scheme and host, with a number where the torrent names several there. No address of a peer is like it. */
  readonly key: string
  readonly endpoint: Endpoint
  readonly open: (events: LinkEvents) => PeerLink
}

/** The first of `urls` that can be used. */
export const webSeedsOf = (
  urls: readonly string[],
  { description: { content }, layout }: Pick<Torrent, 'description' | 'layout'>,
  logger: Logger,
): readonly WebSeed[] => {
  const usable = [...new Set(urls)].filter((url) => URL.canParse(url)).slice(0, MAX_WEB_SEEDS)
  const origins = usable.map((url) => new URL(url).origin)
  return usable.map((url, index) => {
    const origin = origins[index] ?? ''
    const earlier = origins.slice(0, index).filter((other) => other === origin).length
    const key = earlier === 0 ? origin : `${origin} (${earlier + 1})`
    const open = (events: LinkEvents): PeerLink =>
      new WebSeedLink({ url, content, layout, events: logged(events, key, logger) })
    return { key, endpoint: endpointOf(new URL(url)), open }
  })
}

/** Why a web seed is of no use is of interest to who put it into a torrent; a peer's reasons are not. */
const logged = (events: LinkEvents, key: string, logger: Logger): LinkEvents => ({
  ...events,
  lost: (reason, detail) => {
    logger.info(() => `Web seed ${key}: ${detail}`)
    events.lost(reason, detail)
  },
})

const endpointOf = ({ hostname, port, protocol }: URL): Endpoint => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
})
