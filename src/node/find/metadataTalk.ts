import { concatBytes } from '../../protocol/bytes.js'
import { toHex } from '../../protocol/hex.js'
import type { Hashes } from '../../protocol/hash.js'
import type { InfoHash, InfoHashV1 } from '../../protocol/ids.js'
import { MAX_METAINFO } from '../../protocol/limits.js'
import { HASH_SIZE } from '../../protocol/merkle/tree.js'
import {
  assembleTorrent,
  isLayer,
  missingLayers,
  readMetadata,
  type MissingLayer,
} from '../../protocol/metainfo/metadata.js'
import type { ExtensionHandshake } from '../../protocol/wire/extension/handshake.js'
import { METADATA_PIECE, type MetadataMessage } from '../../protocol/wire/extension/metadata.js'
import {
  decodeExtended,
  extensionMessage,
  type ExtensionIds,
} from '../../protocol/wire/extension/registry.js'
import type { HashesMessage, KnownMessage, WireMessage } from '../../protocol/wire/message.js'

/** Hashes asked for at once: BEP 52 "hash request" says that length should not be above 512. */
const MAX_LENGTH = 512

/** What a magnet link calls its torrent; at least one is known. */
export interface MagnetHashes {
  readonly infoHash: InfoHash | undefined
  readonly infoHashV1: InfoHashV1 | undefined
}

/** What comes of a message: the .torrent, or why this peer is of no use. */
export type MetadataOutcome = { readonly torrent: Uint8Array } | { readonly fault: string } | undefined

interface Layer {
  readonly layer: MissingLayer
  readonly hashes: Uint8Array
  missing: number
}

/**
 * Takes a torrent's metadata from one peer: the info dictionary (BEP 9), then the piece layers that it needs (BEP 52).
 * All comes from this one peer, so that what does not match its hash is its fault.
 *
 * Invariant: holds at most one info dictionary of the size that the peer told, and the layers that it calls for.
 */
export class MetadataTalk {
  readonly #meant: MagnetHashes
  readonly #hashes: Hashes
  readonly #send: (message: KnownMessage) => void
  #pieces: (Uint8Array | undefined)[] | undefined
  #infoBytes: Uint8Array | undefined
  #layers: readonly Layer[] = []
  /** Whether the peer knows v2, and so the piece layers. */
  knowsV2 = true

  constructor(meant: MagnetHashes, hashes: Hashes, send: (message: KnownMessage) => void) {
    this.#meant = meant
    this.#hashes = hashes
    this.#send = send
  }

  /** Takes a message of the peer. */
  hear(message: WireMessage): MetadataOutcome {
    if (message.kind === 'hashes') return this.#takeHashes(message)
    if (message.kind === 'hashReject') return this.#doWithout()
    if (message.kind !== 'extended') return undefined
    const received = decodeExtended(message)
    if (received.name === 'handshake') return this.#ask(received.message)
    if (received.name !== 'ut_metadata' || received.message.kind === 'other') return undefined
    return this.#takeMetadata(received.message)
  }

  /** Asks for the whole info dictionary. */
  #ask({ extensions, metadataSize }: ExtensionHandshake): MetadataOutcome {
    if (this.#pieces !== undefined) return undefined
    if (metadataSize === undefined || !extensions.has('ut_metadata'))
      return { fault: 'it has no metadata itself' }
    const count = Math.ceil(metadataSize / METADATA_PIECE)
    this.#pieces = Array.from({ length: count }, () => undefined)
    for (let piece = 0; piece < count; piece++) this.#request(piece, extensions)
    return undefined
  }

  #request(piece: number, extensions: ExtensionIds): void {
    const asked = extensionMessage(extensions, { name: 'ut_metadata', message: { kind: 'request', piece } })
    if (asked !== undefined) this.#send(asked)
  }

  #takeMetadata(message: MetadataMessage): MetadataOutcome {
    if (message.kind === 'reject') return { fault: 'it does not give the metadata' }
    if (message.kind !== 'data' || this.#infoBytes !== undefined) return undefined
    const pieces = this.#pieces
    if (pieces === undefined || message.piece >= pieces.length) return undefined
    pieces[message.piece] = new Uint8Array(message.data)
    if (pieces.includes(undefined)) return undefined
    return this.#judge(concatBytes(pieces.filter((piece) => piece !== undefined)))
  }

  #judge(infoBytes: Uint8Array): MetadataOutcome {
    if (!this.#isMeant(infoBytes)) return { fault: 'its metadata is of another torrent' }
    this.#infoBytes = infoBytes
    const layers = missingLayers(readMetadata(infoBytes, this.#hashes))
    if (layers.length > 0 && !this.knowsV2) return this.#doWithout()
    const bytes = layers.reduce((sum, { count }) => sum + count * HASH_SIZE, infoBytes.length)
    if (bytes > MAX_METAINFO) return { fault: 'the torrent has more hashes than are taken' }
    this.#layers = layers.map((layer) => this.#askLayer(layer))
    return this.#conclude()
  }

  /** Without its piece layers a hybrid torrent is as good as one of v1; one of v2 alone is of no use. */
  #doWithout(): MetadataOutcome {
    const infoBytes = this.#infoBytes
    if (infoBytes === undefined || readMetadata(infoBytes, this.#hashes).infoHashV1 === undefined)
      return { fault: 'it does not give the piece layers' }
    return { torrent: assembleTorrent(infoBytes, []) }
  }

  #isMeant(infoBytes: Uint8Array): boolean {
    const { infoHash, infoHashV1 } = this.#meant
    return (
      (infoHash === undefined || toHex(this.#hashes.sha256(infoBytes)) === infoHash) &&
      (infoHashV1 === undefined || toHex(this.#hashes.sha1(infoBytes)) === infoHashV1)
    )
  }

  #askLayer(layer: MissingLayer): Layer {
    const length = Math.min(MAX_LENGTH, 2 ** Math.ceil(Math.log2(layer.count)))
    const range = { piecesRoot: layer.rootBytes, baseLayer: layer.level, length, proofLayers: 0 }
    let missing = 0
    for (let index = 0; index < layer.count; index += length, missing++)
      this.#send({ kind: 'hashRequest', ...range, index })
    return { layer, hashes: new Uint8Array(layer.count * HASH_SIZE), missing }
  }

  #takeHashes({ piecesRoot, baseLayer, index, length, hashes }: HashesMessage): MetadataOutcome {
    const root = toHex(piecesRoot)
    const found = this.#layers.find(({ layer }) => layer.root === root && layer.level === baseLayer)
    if (found === undefined || found.missing === 0) return undefined
    const part = hashes.subarray(0, Math.min(length, found.layer.count - index) * HASH_SIZE)
    found.hashes.set(part, index * HASH_SIZE)
    found.missing--
    if (found.missing === 0 && !isLayer(this.#hashes.sha256, found.layer, found.hashes))
      return { fault: 'its piece layers do not match' }
    return this.#conclude()
  }

  #conclude(): MetadataOutcome {
    const infoBytes = this.#infoBytes
    if (infoBytes === undefined || this.#layers.some(({ missing }) => missing > 0)) return undefined
    return { torrent: assembleTorrent(infoBytes, this.#layers) }
  }
}
