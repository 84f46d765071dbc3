import type { Hashes } from '../../protocol/hash.js'
import { toHex } from '../../protocol/hex.js'
import { WireDecoder } from '../../protocol/wire/decoder.js'
import { encodeMessage } from '../../protocol/wire/encode.js'
import { extensionHandshakeMessage, ownExtensions } from '../../protocol/wire/extension/registry.js'
import { messageLimit } from '../../protocol/wire/frame.js'
import type { Handshake } from '../../protocol/wire/handshake.js'
import type { WireMessage } from '../../protocol/wire/message.js'
import type { ByteConnection } from '../../transport/byteConnection.js'
import type { Dialled, PeerSecurity } from '../security/peerSecurity.js'
import { WireDial } from '../wire/wireDial.js'
import type { Ways } from '../wire/ways.js'
import { MetadataTalk, type MagnetHashes, type MetadataOutcome } from './metadataTalk.js'

/** Milliseconds for everything, from the first connection on. */
const WHOLE_TIME = 40_000

export interface MetadataLinkOptions {
  readonly endpoint: Dialled
  readonly meant: MagnetHashes
  /** 20 bytes: by which of its names the peer is asked for the torrent. */
  readonly wireHash: Uint8Array
  readonly wirePeerId: Uint8Array
  readonly ways: Ways
  readonly security: PeerSecurity
  readonly hashes: Hashes
  /** The .torrent, or why there is none. Comes once, unless the link is closed before. */
  readonly onEnd: (outcome: Exclude<MetadataOutcome, undefined>) => void
}

/** Connects to a BitTorrent peer for nothing but a torrent's metadata. */
export class MetadataLink {
  readonly #options: MetadataLinkOptions
  readonly #dial: WireDial
  readonly #decoder = new WireDecoder(messageLimit())
  readonly #talk: MetadataTalk
  readonly #timer: NodeJS.Timeout
  #connection: ByteConnection | undefined
  #isOver = false

  constructor(options: MetadataLinkOptions) {
    this.#options = options
    this.#talk = new MetadataTalk(options.meant, options.hashes, (message) =>
      this.#connection?.send(encodeMessage(message)),
    )
    this.#timer = setTimeout(() => this.#end({ fault: 'it takes too long' }), WHOLE_TIME)
    const { endpoint, ways, security, meant, wireHash: infoHash, wirePeerId: peerId } = options
    // Where only the v1 name is known: a client that has the torrent in v1 alone closes when v2 is offered (libtorrent).
    const features = {
      extension: true,
      fast: true,
      v2: meant.infoHash !== undefined,
      dht: false,
      tls: security.speaksTls,
    }
    this.#dial = new WireDial({
      endpoint,
      greeting: { features, infoHash, peerId },
      ways,
      plan: security.planFor(endpoint, []),
      isToRedial: (handshake) => security.isToRedial(handshake),
      events: {
        opened: (connection, handshake) => this.#begin(connection, handshake),
        data: (bytes) => this.#read(bytes),
        stranger: (detail) => this.#end({ fault: detail }),
        garbage: (detail) => this.#end({ fault: detail }),
        closed: (cause) => this.#end({ fault: cause?.message ?? 'it closed the connection' }),
      },
    })
  }

  close(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#dial.destroy()
  }

  #begin(connection: ByteConnection, { features, infoHash }: Handshake): void {
    this.#connection = connection
    const { meant } = this.#options
    if (!features.extension) return this.#end({ fault: 'it cannot give metadata' })
    // By a connection of v1 hashes must not be asked for (BEP 52 "upgrade path").
    const isV2 = meant.infoHash !== undefined && (features.v2 || toHex(infoHash) !== meant.infoHashV1)
    this.#talk.knowsV2 = isV2
    const extensions = ownExtensions(['ut_metadata'])
    const handshake = extensionHandshakeMessage({ extensions, client: 'Shoal' })
    connection.send(encodeMessage(handshake))
    if (features.fast) connection.send(encodeMessage({ kind: 'haveNone' }))
  }

  #read(bytes: Uint8Array): void {
    const fault = this.#decoder.push(bytes, (message) => this.#hear(message))
    if (fault !== undefined) this.#end({ fault: `a message is ${fault}` })
  }

  #hear(message: WireMessage): void {
    if (this.#isOver) return
    try {
      const outcome = this.#talk.hear(message)
      if (outcome !== undefined) this.#end(outcome)
    } catch (error) {
      this.#end({ fault: (error as Error).message })
    }
  }

  #end(outcome: Exclude<MetadataOutcome, undefined>): void {
    if (this.#isOver) return
    this.close()
    this.#options.onEnd(outcome)
  }
}
