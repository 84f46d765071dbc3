import { peerKey } from '../../engine/swarm/peerBook.js'
import { equalBytes } from '../../protocol/bytes.js'
import { peerIdOfKey, type Endpoint, type PeerId } from '../../protocol/ids.js'
import type { ListedPeer } from '../../protocol/json/answer.js'
import type { Wire } from '../../protocol/json/wire.js'
import type { Handshake } from '../../protocol/wire/handshake.js'
import { isShoalPeerId, wirePeerIdOf } from '../../protocol/wire/peerId.js'
import type { Logger } from '../../support/log.js'
import type { OwnKey } from '../../support/tls/ownKey.js'
import type { SecureDialling } from '../../transport/secure/dialSecure.js'
import { Reports } from './reports.js'

/** Whether peers are spoken to inside TLS: always, wherever they speak it, or never. */
export type Encryption = 'required' | 'preferred' | 'off'

/** A peer that may be dialled, as far as it is known. */
export type Dialled = Endpoint & {
  readonly wires?: readonly Wire[]
  /** Whom who listed it says that it is. */
  readonly peerId?: PeerId
}

/** How a peer is dialled. */
export type DialPlan =
  /** Without TLS. */
  | { readonly kind: 'plain' }
  /** Without TLS, unless it is known to speak it or its handshake says so: then once more, inside. */
  | { readonly kind: 'learn'; readonly secure: SecureDialling }
  /** Inside TLS, and in no other way. */
  | { readonly kind: 'secure'; readonly secure: SecureDialling }
  /** Not at all: it showed another key than it should. */
  | { readonly kind: 'refused' }

/** Peers remembered that showed another key: at about 200 bytes each 200 KB. The one learned first is forgotten. */
const MAX_STRANGERS = 1024

/**
 * Decides who is spoken to inside TLS, and whom a peer must prove to be.
 *
 * Invariants: who is listed with TLS is never dialled without; who showed another key is not dialled again as long as the
 * same is expected of it.
 */
export class PeerSecurity {
  readonly mode: Encryption
  readonly #key: OwnKey
  readonly #logger: Logger
  readonly #reports: Reports
  readonly #strangers = new Set<string>()

  constructor(mode: Encryption, key: OwnKey, logger: Logger, now: () => number) {
    this.mode = mode
    this.#key = key
    this.#logger = logger
    this.#reports = new Reports((line) => logger.warn(line), now)
  }

  /** Whether this peer speaks TLS, as it tells others. */
  get speaksTls(): boolean {
    return this.mode !== 'off'
  }

  /** How to dial `peer`; `listed` says who the peers of its torrent are. */
  planFor(peer: Dialled, listed: Iterable<readonly [PeerId, ListedPeer]>): DialPlan {
    if (this.mode === 'off') return { kind: 'plain' }
    const expected = expectedAt(peer, listed)
    if (this.#strangers.has(strangerKey(peer, expected))) return { kind: 'refused' }
    const secure = this.#dialling(peer, expected)
    const isTold = expected.length > 0 || peer.wires?.includes('tls') === true
    return { kind: isTold || this.mode === 'required' ? 'secure' : 'learn', secure }
  }

  /** How to meet `target`, wherever it is; undefined where it speaks no TLS. */
  meeting(target: PeerId, listed: ListedPeer | undefined): SecureDialling | undefined {
    if (this.mode === 'off') return undefined
    if (listed?.wires.includes('tls') !== true && this.mode !== 'required') return undefined
    return { identity: this.#key, isExpected: (fingerprint) => peerIdOfKey(fingerprint) === target }
  }

  /** Whether what `handshake` says of itself may be said by who proved to be `provenId`; undefined: nobody proved anything. */
  isHonest({ peerId }: Handshake, provenId: PeerId | undefined): boolean {
    return provenId === undefined || equalBytes(peerId, wirePeerIdOf(provenId))
  }

  /** Whether who answered without TLS speaks it, and this peer wants that. */
  isToRedial({ features, peerId }: Handshake): boolean {
    return this.speaksTls && features.tls && isShoalPeerId(peerId)
  }

  /** Says in one line that somebody is not who it should be. */
  report(line: string): void {
    this.#reports.say(line)
  }

  /** The peer was met all the same, by another way. */
  forgive(peer: Dialled, listed: Iterable<readonly [PeerId, ListedPeer]>): void {
    this.#strangers.delete(strangerKey(peer, expectedAt(peer, listed)))
  }

  #dialling(peer: Dialled, expected: readonly PeerId[]): SecureDialling {
    return {
      identity: this.#key,
      isExpected: (fingerprint) => {
        const shown = peerIdOfKey(fingerprint)
        const isRight = expected.length === 0 || expected.includes(shown)
        if (!isRight) this.#refuse(peer, expected, shown)
        return isRight
      },
    }
  }

  #refuse(peer: Dialled, expected: readonly PeerId[], shown: PeerId): void {
    this.#strangers.add(strangerKey(peer, expected))
    const [oldest] = this.#strangers
    if (this.#strangers.size > MAX_STRANGERS && oldest !== undefined) this.#strangers.delete(oldest)
    this.report(
      `Peer ${peerKey(peer)} is refused: its key is that of ${shown}, and ${expected.join(' or ')} is meant`,
    )
    this.#logger.debug(() => `Peer ${peerKey(peer)} is not asked again`)
  }
}

/** Who may answer at the address of `peer`: those with TLS that are listed there. */
const expectedAt = (peer: Dialled, listed: Iterable<readonly [PeerId, ListedPeer]>): readonly PeerId[] => {
  const key = peerKey(peer)
  const told = [...listed].filter(([, other]) => other.wires.includes('tls') && peerKey(other) === key)
  const own = peer.peerId !== undefined && peer.wires?.includes('tls') === true ? [peer.peerId] : []
  return [...new Set([...told.map(([peerId]) => peerId), ...(told.length === 0 ? own : [])])].sort()
}

const strangerKey = (peer: Endpoint, expected: readonly PeerId[]): string =>
  `${peerKey(peer)} ${expected.join(' ')}`
