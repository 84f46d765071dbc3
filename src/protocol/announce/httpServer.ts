import { formatAddress } from '../wire/address.js'
import { readUint16 } from '../wire/uint.js'
import { ID_BYTES, type AnnouncedPeer } from './announce.js'
import { encodeAnnounceResponse, type AnswerForm } from './httpAnnounce.js'

/** An answer to an announce over HTTP, its peers in compact form. */
export interface HttpAnnounced {
  /** Seconds. */
  readonly interval: number
  /** Seconds. */
  readonly minInterval: number
  readonly seeders: number
  readonly leechers: number
  /** Six bytes each (BEP 23). */
  readonly ipv4: Uint8Array
  /** Eighteen bytes each (BEP 7). */
  readonly ipv6: Uint8Array
  /** 20 bytes each, those of `ipv4` first; empty where the form wants none. */
  readonly peerIds: Uint8Array
  /** Something for a person to read, in ASCII. */
  readonly warning: string | undefined
}

const COMPACT_IPV4 = 6
const COMPACT_IPV6 = 18

/** Puts texts and bytes one after the other. */
class Writer {
  readonly bytes: Uint8Array
  #offset = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  text(ascii: string): void {
    for (let index = 0; index < ascii.length; index++) this.bytes[this.#offset++] = ascii.charCodeAt(index)
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#offset)
    this.#offset += bytes.length
  }
}

const numbersOf = ({ seeders, leechers, interval, minInterval }: HttpAnnounced): string =>
  `d8:completei${seeders}e10:incompletei${leechers}e8:intervali${interval}e12:min intervali${minInterval}e`

/**
 * The compact form. Written by hand, since a tracker makes it for each announce: the keys stand in the order that
 * bencode demands.
 */
const encodeCompact = (answer: HttpAnnounced): Uint8Array => {
  const { ipv4, ipv6, warning } = answer
  const head = `${numbersOf(answer)}5:peers${ipv4.length}:`
  const before6 = ipv6.length === 0 ? '' : `6:peers6${ipv6.length}:`
  const end = warning === undefined ? 'e' : `15:warning message${warning.length}:${warning}e`
  const writer = new Writer(head.length + ipv4.length + before6.length + ipv6.length + end.length)
  writer.text(head)
  writer.raw(ipv4)
  writer.text(before6)
  writer.raw(ipv6)
  writer.text(end)
  return writer.bytes
}

/** The peers of one family; the id of the first stands at place `first` among `peerIds`. */
const peersOf = (
  contacts: Uint8Array,
  size: number,
  peerIds: Uint8Array,
  first: number,
): readonly AnnouncedPeer[] =>
  Array.from({ length: contacts.length / size }, (_, index) => {
    const contact = contacts.subarray(index * size, (index + 1) * size)
    const id = peerIds.subarray((first + index) * ID_BYTES, (first + index + 1) * ID_BYTES)
    return {
      host: formatAddress(contact.subarray(0, -2)) ?? '',
      port: readUint16(contact, size - 2),
      peerId: id.length === ID_BYTES ? id : undefined,
    }
  })

/** The body of a tracker's answer to an announce. */
export const encodeHttpAnnounced = (answer: HttpAnnounced, form: AnswerForm): Uint8Array => {
  if (form.isCompact) return encodeCompact(answer)
  const { ipv4, ipv6, peerIds } = answer
  const peers = [
    ...peersOf(ipv4, COMPACT_IPV4, peerIds, 0),
    ...peersOf(ipv6, COMPACT_IPV6, peerIds, ipv4.length / COMPACT_IPV4),
  ]
  return encodeAnnounceResponse({ ...answer, kind: 'success', trackerId: undefined, peers }, form)
}
