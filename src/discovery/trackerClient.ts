import type { Announce } from './announceCall.js'
import { announceHttp } from './httpTracker.js'
import { Turnstile } from './turnstile.js'
import { UdpTrackers, type UdpTrackersOptions } from './udpTracker.js'

/** Announces of one peer under way at once: a console with 1,000 torrents begins all of them in a second. */
const MAX_EXCHANGES = 64

/** Whether trackers of this URL can be announced to. */
export const isAnnounceUrl = (url: string): boolean => /^(https?|udp):/i.test(url) && URL.canParse(url)

/** The BitTorrent trackers of one peer, by HTTP and UDP. */
export class TrackerClient {
  readonly #udp: UdpTrackers
  readonly #turnstile = new Turnstile(MAX_EXCHANGES)

  constructor(options: UdpTrackersOptions = {}) {
    this.#udp = new UdpTrackers(options)
  }

  /** Announces to a tracker of `isAnnounceUrl`. @throws ShoalError TRACKER_UNREACHABLE, TRACKER_ANSWER_INVALID */
  readonly announce: Announce = (call) =>
    this.#turnstile.pass(
      () => (/^udp:/i.test(call.url) ? this.#udp.announce(call) : announceHttp(call)),
      call.signal,
    )

  /** Ends what is kept open. */
  close(): void {
    this.#udp.close()
  }
}
