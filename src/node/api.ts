import type { TorrentEntry } from '../protocol/json/answer.js'
import type { Endpoint, InfoHash, InfoHashV1, PeerId, TorrentId } from '../protocol/ids.js'
import type { TrackerAddress } from '../protocol/trackerAddress.js'
import type { PortMappingStatus } from '../nat/portMapping.js'
import type { Logger } from '../support/log.js'
import type { RelayStatus } from '../transport/relay/relayDesk.js'
import type { ShoalError } from '../protocol/errors.js'
import type { Encryption } from './security/peerSecurity.js'
import type { UploadFolder } from '../storage/uploadFolder.js'
import type { Priority } from '../engine/picker/priority.js'
import type {
  Diagnosis,
  NodeFigures,
  PeerDetail,
  PieceMap,
  RateHistory,
  RecheckReport,
  Route,
  TrackerDetail,
} from './report/reports.js'

export { PRIORITIES, type Priority } from '../engine/picker/priority.js'
export {
  PIECE_STATES,
  type Diagnosis,
  type NodeFigures,
  type PeerDetail,
  type PieceMap,
  type RateHistory,
  type RecheckReport,
  type TrackerDetail,
} from './report/reports.js'

/** Rate limits in bytes a second; undefined: none. */
export interface RateLimits {
  readonly download: number | undefined
  readonly upload: number | undefined
}

/** How a node is started. Sizes are bytes, rates bytes a second. */
export type { Encryption }

export interface NodeOptions {
  /** Listened on and declared; 0.0.0.0 and :: listen on all and declare nothing. */
  readonly host: string
  /** 0 for any. */
  readonly port: number
  /** Whether any free port will do where `port` is taken. */
  readonly anyPortIfTaken: boolean
  readonly trackers: readonly TrackerAddress[]
  /** Peers to ask for every torrent, besides those that trackers name. */
  readonly peers: readonly Endpoint[]
  /** Whether peers are not looked for on the local network. */
  readonly noLocalDiscovery?: boolean
  /** Whether the router is not asked to pass on the port. */
  readonly noPortMapping?: boolean
  /** Whether the connections of others are carried who have no other way; bytes a second of all of them. */
  readonly relay?: { readonly rate: number } | undefined
  /** Whether peers are told of all pieces at once, also while this is the only seeder. */
  readonly noSuperSeeding?: boolean
  /** Where downloads go. */
  readonly output: string
  /** Identity, resume data. */
  readonly state: string
  /** Torrents seeded at once; undefined for no limit. */
  readonly seedLimit: number | undefined
  readonly downloadLimit: number | undefined
  readonly uploadLimit: number | undefined
  /** Those that each torrent has besides, where nothing else is asked for it. */
  readonly torrentLimits?: Partial<RateLimits>
  readonly allowUnverified: boolean
  /** Whether peers are spoken to by the JSON protocol alone. */
  readonly isJsonOnly?: boolean
  /** Whether peers are spoken to inside TLS; default: wherever they speak it. */
  readonly encryption?: Encryption
  /** Whether what an earlier run of this kind did is taken up again, and what this one does is remembered. */
  readonly isLasting?: boolean
  /** Whether something is fetched as soon as it is up: what that takes is started meanwhile. */
  readonly isFetching?: boolean
  readonly logger: Logger
}

export type TransferState =
  /** It is looked up. */
  | 'finding'
  /** Files are hashed: `done` and `size` say how far that is. */
  | 'hashing'
  | 'connecting'
  | 'downloading'
  | 'finishing'
  | 'seeding'
  /** Complete and verified, and not served: by choice or by the seed limit. */
  | 'finished'
  /** By choice, where there is no `error`; else it waits for that to be mended. */
  | 'paused'
  | 'failed'
  | 'stopped'

/** Whether others can connect to this peer, and what helps them. */
export interface ReachStatus {
  /** Whether a tracker could connect; undefined: none tried. */
  readonly isReachable: boolean | undefined
  /** The port that the router passes on to this peer, and by which protocol it was asked for. */
  readonly mapping: PortMappingStatus | undefined
  /** What this peer carries for others; undefined where it does not offer that. */
  readonly relay: RelayStatus | undefined
}

/** One peer of a transfer. */
export interface TransferPeer {
  readonly peerId: PeerId | undefined
  /** Whether it is a web server that the torrent names (BEP 19), and no peer. */
  readonly isWebSeed?: boolean
  /** How it is connected, or was; undefined before it is, and for a web server. */
  readonly way?: Route | undefined
  /** Whether that is, or was, inside TLS. */
  readonly isSecure?: boolean | undefined
  readonly host: string
  readonly port: number
  readonly state: 'connecting' | 'choked' | 'downloading' | 'idle'
  /** Chunks it has, as far as it said. */
  readonly chunks: number
  /** Verified bytes that came from it. */
  readonly downloaded: number
  readonly downloadRate: number
}

/** A transfer at one moment, as far as that costs nothing to tell. */
export interface TransferSummary {
  readonly key: number
  readonly name: string
  /** What the first tracker calls it. */
  readonly torrentId: TorrentId | undefined
  /** Undefined for what a simple peer shared without hashes. */
  readonly infoHash: InfoHash | undefined
  readonly infoHashV1: InfoHashV1 | undefined
  readonly state: TransferState
  readonly error: ShoalError | undefined
  /** Bytes wanted: those of the selected files. */
  readonly size: number
  /** Bytes there and verified; while hashing, bytes hashed. */
  readonly done: number
  readonly chunks: number
  readonly chunksDone: number
  readonly downloadRate: number
  readonly uploadRate: number
  readonly downloaded: number
  readonly uploaded: number
  /** Seconds until complete at the present rate. */
  readonly eta: number | undefined
  /** Peers that are connected: those that it takes from and those that it gives to. */
  readonly peerCount: number
  /** Where it is, or will be when it is complete. */
  readonly path: string
  readonly isFolder: boolean
  readonly fileCount: number
  /** Whether peers may come from its trackers alone (BEP 27). */
  readonly isPrivate: boolean
  /** Milliseconds since 1970; undefined: not yet. */
  readonly addedAt: number
  readonly completedAt: number | undefined
}

/** A transfer at one moment. */
export interface TransferStatus extends TransferSummary {
  /** Those that it takes from, and those that it took from. */
  readonly peers: readonly TransferPeer[]
}

/** One file of a transfer. */
export interface TransferFile {
  /** Inside the torrent's folder, names separated by slashes. */
  readonly path: string
  readonly size: number
  /** Bytes of it that are there and verified; of v1 alone to within a chunk. */
  readonly done: number
  readonly priority: Priority
}

/** Which bytes of a file are read. */
export interface ReadRange {
  /** Default: the whole file. */
  readonly offset?: number | undefined
  readonly length?: number | undefined
  /** Ends it. */
  readonly signal?: AbortSignal | undefined
}

/** A share or a download under way. */
export interface Transfer {
  /** What names it in this running peer, from the moment it is listed. */
  readonly key: number
  readonly status: TransferStatus
  /** The status without its peers: cheap enough to ask thousands of transfers several times a second. */
  readonly summary: TransferSummary
  /** The .torrent, where one is known. */
  readonly metainfo: Uint8Array | undefined
  /** A magnet link to it, with its announce URLs; undefined for what has no info-hash. */
  readonly magnet: string | undefined
  /** Made when asked for: the work of each piece. */
  readonly pieces: PieceMap
  /** Those that are connected: taken from, given to, or both. */
  readonly peers: readonly PeerDetail[]
  readonly trackers: readonly TrackerDetail[]
  /** Why it is as slow as it is. */
  readonly diagnosis: Diagnosis
  readonly history: RateHistory
  /** Settles when the content is complete and verified (at once for a share that is listed); rejects with a ShoalError when it cannot be. */
  readonly complete: Promise<void>
  /** In the torrent's order. */
  readonly files: readonly TransferFile[]
  /**
   * Wants files, by index, as much as said from now on; others stay as they are. What is skipped is not kept in the end,
   * unless it is whole. @throws ShoalError USAGE when nothing would be left, or the download is over
   */
  setPriorities(changes: ReadonlyMap<number, Priority>): void
  /** Whether pieces are fetched in order. */
  readonly isSequential: boolean
  /** Whether pieces are fetched in order, the first and the last of a file first. @throws ShoalError USAGE when the download is over */
  setSequential(isSequential: boolean): void
  /** Fetches in order from `offset` bytes into file `file` on. @throws ShoalError USAGE when that is no place, or the download is over */
  setPlayhead(file: number, offset: number): void
  /**
   * Bytes of a file, by its index, as they are or become there and verified: while it is fetched, pieces come in the order
   * in which they are read. Several may read at once. @throws ShoalError USAGE for bytes that are not there or not wanted,
   * INTERRUPTED when the transfer is paused or ends, DISK_FAILED, FILE_CHANGED
   */
  read(file: number, range?: ReadRange): AsyncGenerator<Uint8Array, void>
  /** Its own limits, which hold besides those of the peer. */
  readonly limits: RateLimits
  /** Changes limits from now on; what is not named stays. @throws ShoalError USAGE */
  setLimits(changes: Partial<RateLimits>): void
  /** Gives up connections, tells trackers, and keeps what is there. Remembered over a restart. @throws ShoalError USAGE for what is not under way */
  pause(): Promise<void>
  /** Goes on; begins again what failed, or was finished or stopped. @throws ShoalError as ShoalPeer.get and seed */
  resume(): Promise<void>
  /**
   * Hashes what is there anew, with the state 'hashing' meanwhile. What is bad of a download is fetched anew; a share that
   * is not whole fails. @throws ShoalError VERIFICATION_FAILED, USAGE, DISK_FAILED, INTERRUPTED
   */
  recheck(options?: { readonly signal?: AbortSignal }): Promise<RecheckReport>
  /** Tells peers and trackers, saves state, and is no longer listed. Resolves when all is said. */
  stop(): Promise<void>
  /** The same, and with `data` what it has on disk is deleted: its own files, and no others. @throws ShoalError DISK_FAILED */
  remove(options: { readonly data: boolean }): Promise<void>
}

/** What the node says while a share is being hashed. */
export type Progress = (done: number, total: number) => void

export interface ShareOptions {
  /** The name it is listed under; default: the file's or folder's own. */
  readonly name?: string
  /** Default: the node's for each torrent. */
  readonly limits?: Partial<RateLimits>
  readonly onProgress?: Progress
  readonly signal?: AbortSignal
}

export interface GetOptions {
  /** Default: the node's. */
  readonly output?: string
  /** Whether to seed once complete. */
  readonly seed: boolean
  /** Globs over the paths inside a folder; none: everything, or what a magnet link selects. */
  readonly select?: readonly string[]
  /** How much to want files of those selected; the last one that matches counts. */
  readonly priorities?: readonly { readonly glob: string; readonly priority: Priority }[]
  /** Whether pieces are fetched in order. */
  readonly isSequential?: boolean
  /** Default: the node's for each torrent. */
  readonly limits?: Partial<RateLimits>
  readonly onProgress?: Progress
  readonly signal?: AbortSignal
}

export interface SeedOptions {
  /** Whether the data is trusted as it is. */
  readonly skipVerify: boolean
  /** Default: the node's for each torrent. */
  readonly limits?: Partial<RateLimits>
  readonly onProgress?: Progress
  readonly signal?: AbortSignal
}

/** A file or folder that is sent piece by piece, to be shared once it is whole. */
export type Upload = Pick<UploadFolder, 'size' | 'write' | 'finish' | 'abandon'>

export interface NodeStatus {
  readonly peerId: PeerId
  readonly endpoint: Endpoint
  readonly trackers: readonly { readonly endpoint: Endpoint; readonly isReachable: boolean | undefined }[]
  readonly reach: ReachStatus
  readonly transfers: readonly TransferStatus[]
}

/** A running peer, as commands and menus see it. */
export interface ShoalPeer {
  readonly peerId: PeerId
  /** Where it listens, with the port that was taken. */
  readonly endpoint: Endpoint
  readonly status: NodeStatus
  /** The trackers of the status. */
  readonly trackers: NodeStatus['trackers']
  /** How others come to it. */
  readonly reach: ReachStatus
  readonly transfers: readonly Transfer[]

  /** What all transfers together are held to. */
  readonly limits: RateLimits
  /** Changes limits from now on; what is not named stays. @throws ShoalError USAGE */
  setLimits(changes: Partial<RateLimits>): void

  /** Torrents seeded at once; undefined: no limit. */
  readonly seedLimit: number | undefined
  /** Another one from now on; what is seeded already goes on. @throws ShoalError USAGE */
  setSeedLimit(limit: number | undefined): void

  /** Of all transfers together. */
  readonly history: RateHistory
  readonly figures: NodeFigures

  /** Every torrent of the first tracker that answers, in order of id. @throws ShoalError TRACKER_UNREACHABLE */
  list(query?: string): Promise<readonly TorrentEntry[]>

  /** Hashes a file or folder, tells the trackers and seeds it. @throws ShoalError ALREADY_SEEDING, PATH_NOT_FOUND, NOTHING_TO_SHARE, TRACKER_REFUSED */
  share(path: string, options?: ShareOptions): Promise<Transfer>

  /** Starts to fetch a torrent id, a magnet link, or a .torrent (path, http URL, or its bytes). @throws ShoalError TORRENT_NOT_FOUND, TRACKER_UNREACHABLE, METAINFO_INVALID, UNVERIFIABLE, FILE_EXISTS, DISK_FAILED */
  get(what: string | Uint8Array, options: GetOptions): Promise<Transfer>

  /** As `share`, at once: it is listed while it is hashed, and its status tells what goes wrong. @throws ShoalError ALREADY_SEEDING, USAGE */
  addShare(path: string, options?: ShareOptions): Transfer

  /** As `get`, at once: it is listed while it is looked up, and its status tells what goes wrong. @throws ShoalError USAGE */
  addGet(what: string | Uint8Array, options: GetOptions): Transfer

  /** Seeds data that exists: `folder` holds the torrent's file or folder. @throws ShoalError VERIFICATION_FAILED */
  seed(torrentFile: string, folder: string, options: SeedOptions): Promise<Transfer>

  /** Where downloads go, unless they are told otherwise, and uploads. */
  readonly output: string

  /**
   * Opens a place for a file or folder that somebody sends, in the output folder; `finish` gives it its name, and
   * `addShare` shares it then. `maxSize`: bytes at most. @throws ShoalError PATH_UNSAFE, DISK_FULL, DISK_FAILED
   */
  openUpload(
    name: string,
    options: { readonly isFolder: boolean; readonly maxSize?: number },
  ): Promise<Upload>

  /** Stops every transfer, tells trackers, saves state, closes the port. */
  stop(): Promise<void>
}
