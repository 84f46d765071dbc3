import type { InfoHash, InfoHashV1, RootHash } from '../ids.js'

/** One file of a torrent. */
export interface ContentFile {
  /** Safe path components below the torrent's folder; for a single file its name alone. */
  readonly path: readonly string[]
  /** Bytes. */
  readonly size: number
  /** Root of the merkle tree over its chunks; undefined for an empty file and where nothing but v1 hashes is known. */
  readonly rootHash: RootHash | undefined
}

/** A run of the v1 stream: file `file` of the content, or padding where undefined (BEP 47). */
export interface StreamPart {
  readonly file: number | undefined
  /** Bytes. */
  readonly size: number
}

/** What a torrent holds, whoever described it: a .torrent, a magnet's metadata or the JSON protocol. */
export interface Content {
  /** A safe single path component. */
  readonly name: string
  /** Whether the files stand in a folder called `name`; else there is one file, and it is called `name`. */
  readonly isFolder: boolean
  /** In the torrent's order, padding files left out. At least one. */
  readonly files: readonly ContentFile[]
  /** Bytes of a piece: a power of two, at least 16 KiB; of v1 alone any number from 1 KiB. */
  readonly pieceLength: number
  /**
   * Of v1 alone: all files in order, with the padding between them, as one stream that pieces cut without regard
   * for where a file ends (BEP 3). Undefined where each file begins a piece (BEP 52).
   */
  readonly stream?: readonly StreamPart[]
}

/** The hash function's outputs that a .torrent adds to its content. */
export interface PieceHashes {
  /** For each file longer than a piece, by root: the concatenated hashes of its pieces (BEP 52 "piece layers"). */
  readonly pieceLayers: ReadonlyMap<RootHash, Uint8Array>
  /** Concatenated SHA-1 of the v1 pieces (BEP 3 "pieces"); undefined for a v2-only torrent. */
  readonly piecesV1: Uint8Array | undefined
}

/** A whole .torrent, validated. */
export interface Metainfo extends Content, PieceHashes {
  /** Undefined for a v1-only torrent. */
  readonly infoHash: InfoHash | undefined
  /** Undefined for a v2-only torrent. */
  readonly infoHashV1: InfoHashV1 | undefined
  /** The info dictionary as it came, over which the info-hashes are taken. */
  readonly infoBytes: Uint8Array
  readonly trackers: readonly (readonly string[])[]
  readonly webSeeds: readonly string[]
  readonly isPrivate: boolean
}
