import { lookup } from 'node:dns/promises'
import type { AnnounceResponse, AnnounceSuccess } from '../protocol/announce/announce.js'
import type { Family } from '../protocol/announce/compactPeers.js'
import type { UdpResponse } from '../protocol/announce/udpResponse.js'
import { parsePort } from '../protocol/ids.js'
import { nonsense, unreachable, type AnnounceCall } from './announceCall.js'
import { UdpChannel } from './udpChannel.js'

/** BEP 15: 15 x 2^n s. Milliseconds. */
const RETRY_TIME = 15_000

interface Address {
  readonly address: string
  readonly family: Family
}

export interface UdpTrackersOptions {
  /** Milliseconds after which a request is sent again for the first time. */
  readonly retryTime?: number
}

/** Every tracker that is announced to by UDP (BEP 15, 41). Torrents of one tracker share its connection id. */
export class UdpTrackers {
  readonly #retryTime: number
  readonly #channels = new Map<string, UdpChannel>()

  constructor({ retryTime = RETRY_TIME }: UdpTrackersOptions = {}) {
    this.#retryTime = retryTime
  }

  /** Announces once, by the first address family that works. @throws ShoalError TRACKER_UNREACHABLE, TRACKER_ANSWER_INVALID */
  async announce(call: AnnounceCall): Promise<AnnounceResponse> {
    const { url } = call
    const { hostname, port: digits } = new URL(url)
    const port = parsePort(digits)
    if (!port) throw unreachable(url, 'its URL has no port')
    let failure = new Error('it has no address')
    for (const address of await addressesOf(url, hostname.replace(/^\[|\]$/g, ''))) {
      const response = await this.#ask(call, address, port).catch((error: Error) => error)
      if (!(response instanceof Error)) return responseOf(url, response)
      failure = response
    }
    throw unreachable(url, failure.message, failure)
  }

  /** Breaks off what is under way. */
  close(): void {
    for (const channel of this.#channels.values()) channel.close()
  }

  #ask({ url, request, signal }: AnnounceCall, address: Address, port: number): Promise<UdpResponse> {
    const { pathname, search } = new URL(url)
    return this.#channelOf(address, port).ask(
      (connection, transaction) => ({
        action: 'announce',
        transaction,
        connection,
        announce: request,
        urlData: pathname + search,
      }),
      signal,
    )
  }

  #channelOf({ address, family }: Address, port: number): UdpChannel {
    const key = `${address} ${port}`
    const known = this.#channels.get(key)
    if (known !== undefined) return known
    const onClosed = (): void => void this.#channels.delete(key)
    const channel = new UdpChannel({ address, family, port, retryTime: this.#retryTime, onClosed })
    this.#channels.set(key, channel)
    return channel
  }
}

/** The first address of each family, in the order in which the system prefers them. */
const addressesOf = async (url: string, host: string): Promise<readonly Address[]> => {
  try {
    const all = await lookup(host, { all: true, verbatim: true })
    const firsts = [4, 6].map((family) => all.findIndex((found) => found.family === family))
    return all
      .filter((_, index) => firsts.includes(index))
      .map(({ address, family }) => ({ address, family: family === 4 ? 'IPv4' : 'IPv6' }))
  } catch (error) {
    throw unreachable(url, (error as Error).message, error)
  }
}

const responseOf = (url: string, response: UdpResponse): AnnounceResponse => {
  if (response.action === 'error') return { kind: 'failure', reason: response.reason, retryIn: undefined }
  if (response.action !== 'announce') throw nonsense(url, 'it answered what was not asked')
  const { interval, seeders, leechers, peers } = response
  const unsaid = { minInterval: undefined, trackerId: undefined, warning: undefined }
  return { kind: 'success', interval, seeders, leechers, peers, ...unsaid } satisfies AnnounceSuccess
}
