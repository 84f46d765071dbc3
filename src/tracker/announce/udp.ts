import { udpCodec } from '../../protocol/announce/codec.js'
import { UDP_ANNOUNCED_HEAD, UdpAnnounce, writeUdpAnnounced } from '../../protocol/announce/udpServer.js'
import { parseAddress, writeIPv4 } from '../../protocol/wire/address.js'
import type { SendDatagram } from '../../transport/datagrams.js'
import type { TrackerMetrics } from '../metrics.js'
import type { Strain } from '../strain.js'
import type { AnnounceOutcome, AnnounceService } from './announceService.js'
import type { ConnectionIds } from './connectionIds.js'

/** Answers in the making, which wait for a store elsewhere: at about 2 KB each, 20 MB. More requests are dropped. */
const MAX_UNDER_WAY = 10_000

/** Bytes of contacts in one datagram: what an IPv6 packet of 1,280 bytes, which every network carries, has room for. */
const MAX_CONTACTS = 1_200

/** Bytes of a contact of each family. */
const CONTACT = { IPv4: 6, IPv6: 18 } as const

export interface UdpServiceOptions {
  readonly service: AnnounceService
  readonly ids: ConnectionIds
  readonly metrics: TrackerMetrics
  /** While it is overloaded only those are answered who have a connection id. */
  readonly strain: Strain
  readonly onDefect: (error: unknown) => void
}

/** Who asks, and how to answer. */
interface Caller {
  readonly host: string
  readonly port: number
  readonly transaction: number
  readonly send: SendDatagram
}

/**
 * Answers datagrams (BEP 15, BEP 41). Nothing is kept of who asks; before its connection id has shown that the
 * address is its own, an answer has at most the bytes of its request, and what has a wrong id gets none at all.
 *
 * Invariant: `#announce` and `#ipv4` hold what the datagram says that is being worked on, until the store was called.
 */
export class UdpService {
  readonly #options: UdpServiceOptions
  readonly #announce = new UdpAnnounce()
  readonly #ipv4 = new Uint8Array(4)
  #underWay = 0

  constructor(options: UdpServiceOptions) {
    this.#options = options
  }

  /** `bytes` are read before it returns. */
  readonly receive = (bytes: Uint8Array, host: string, port: number, send: SendDatagram): void => {
    const { ids, service } = this.#options
    if (!UdpAnnounce.isOne(bytes)) return this.#receiveOther(bytes, host, port, send)
    if (!ids.isValid(host, Date.now(), bytes) || !service.admits(host)) return this.#drop()
    const announce = this.#announce
    announce.read(bytes)
    const { transaction } = announce
    try {
      const outcome = this.#announceFrom(host)
      if (!(outcome instanceof Promise)) send(this.#answer(transaction, host, outcome), host, port)
      else
        this.#await(
          outcome.then((late) => this.#answer(transaction, host, late)),
          { host, port, transaction, send },
        )
    } catch (error) {
      this.#fail(error, { host, port, transaction, send })
    }
  }

  #drop(): void {
    this.#options.metrics.count('udp', 'request', 'dropped')
  }

  #receiveOther(bytes: Uint8Array, host: string, port: number, send: SendDatagram): void {
    const request = udpCodec.decodeRequest(bytes)
    const { service, ids } = this.#options
    if (request === undefined) return this.#drop()
    const { transaction } = request
    if (request.action === 'connect') return this.#connect({ host, port, transaction, send })
    if (request.action !== 'scrape') return this.#drop()
    if (!ids.isValid(host, Date.now(), bytes) || !service.admits(host)) return this.#drop()
    this.#await(this.#scrape(transaction, request.infoHashes), { host, port, transaction, send })
  }

  #connect({ host, port, transaction, send }: Caller): void {
    const { ids, metrics, strain } = this.#options
    if (strain.isOverloaded) return this.#drop()
    const connection = new Uint8Array(8)
    ids.write(host, Date.now(), connection, 0)
    metrics.count('udp', 'connect', 'answered')
    send(udpCodec.encodeResponse({ action: 'connect', transaction, connection }, 'IPv4'), host, port)
  }

  #announceFrom(host: string): ReturnType<AnnounceService['announce']> {
    const { infoHash, peerId, port, isComplete, event, wanted } = this.#announce
    const isIPv4 = writeIPv4(host, this.#ipv4)
    const address = isIPv4 ? this.#ipv4 : parseAddress(host)
    if (address === undefined) throw new Error(`a datagram came from ${host}`)
    const families = isIPv4 ? 'IPv4' : 'IPv6'
    return this.#options.service.announce({
      infoHash,
      peerId,
      address,
      port,
      isComplete,
      event,
      wanted,
      families,
      withPeerIds: false,
    })
  }

  #answer(transaction: number, host: string, outcome: AnnounceOutcome): Uint8Array {
    const family = host.includes(':') ? 'IPv6' : 'IPv4'
    if (outcome.kind === 'refused') {
      this.#options.metrics.count('udp', 'announce', 'refused')
      return udpCodec.encodeResponse({ action: 'error', transaction, reason: outcome.reason }, family)
    }
    this.#options.metrics.count('udp', 'announce', 'answered')
    const { swarm, interval } = outcome
    const contacts = family === 'IPv4' ? swarm.ipv4 : swarm.ipv6
    const size = Math.min(contacts.length, MAX_CONTACTS - (MAX_CONTACTS % CONTACT[family]))
    // From the platform's pool: memory of its own for each answer would cost more than the answer.
    const bytes = Buffer.allocUnsafe(UDP_ANNOUNCED_HEAD + size)
    writeUdpAnnounced(bytes, transaction, { interval, seeders: swarm.seeders, leechers: swarm.leechers })
    bytes.set(size === contacts.length ? contacts : contacts.subarray(0, size), UDP_ANNOUNCED_HEAD)
    return bytes
  }

  async #scrape(transaction: number, infoHashes: readonly Uint8Array[]): Promise<Uint8Array> {
    const entries = await this.#options.service.scrape(infoHashes)
    this.#options.metrics.count('udp', 'scrape', 'answered')
    return udpCodec.encodeResponse({ action: 'scrape', transaction, entries }, 'IPv4')
  }

  /** Sends an answer once it is made, if there are not too many in the making. */
  #await(answer: Promise<Uint8Array>, caller: Caller): void {
    if (this.#underWay >= MAX_UNDER_WAY) return this.#drop()
    this.#underWay++
    void answer
      .then(
        (bytes) => caller.send(bytes, caller.host, caller.port),
        (error: unknown) => this.#fail(error, caller),
      )
      .finally(() => this.#underWay--)
  }

  #fail(error: unknown, { host, port, transaction, send }: Caller): void {
    this.#options.onDefect(error)
    this.#options.metrics.count('udp', 'request', 'failed')
    send(
      udpCodec.encodeResponse(
        { action: 'error', transaction, reason: 'the tracker cannot answer now' },
        'IPv4',
      ),
      host,
      port,
    )
  }
}
