import type { Bitfield } from '../protocol/bitfield.js'
import type { BlockCache } from './blockCache.js'
import type { Content } from '../protocol/metainfo/content.js'
import type { Hash } from '../protocol/hash.js'
import type { Layout } from '../protocol/metainfo/layout.js'
import type { ShoalError } from '../protocol/errors.js'

/** What a download needs to know and whom it tells. */
export interface DownloadOptions {
  readonly content: Content
  readonly layout: Layout
  /** Where the finished file or folder will stand. */
  readonly folder: string
  /** Path of the journal, in the state folder; a lock stands beside it. */
  readonly journal: string
  /** The chunks to be downloaded: those of whole files, of v1 alone those of whole pieces. They may change until `finish`. */
  readonly wanted: Bitfield
  /**
   * Of v1 alone, where a file may become whole just because it shares pieces with others: the files, by index, that
   * get their final name; they may change until `finish`. Undefined: all that are whole at the end.
   */
  readonly selected?: ReadonlySet<number> | undefined
  /** Of v1 alone: the SHA-1 of every piece, strung together, by which a resumed download is checked. */
  readonly piecesV1?: Uint8Array | undefined
  /** Chunks of pieces that were just found whole: whatever else the journal names is looked at before it counts. */
  readonly proven?: Bitfield | undefined
  /** What the journal must be of: an info-hash, or another name of this very content. */
  readonly identity: string
  readonly sha256: Hash
  /** Writing fails; it is tried again every two seconds. Not called again before `onReady`. */
  onFailure(error: ShoalError): void
  /** The SHA-256 of each of the chunks from `first` on, strung together, once they are on disk, where nobody knew all of them. */
  onLeaves?(first: number, leaves: Uint8Array): void
  /** No longer behind: room in memory again, or the disk mended. */
  onReady(): void
  /** Milliseconds of any clock. */
  readonly now?: () => number
  /** The node's; default one of its own. */
  readonly cache?: BlockCache
}
