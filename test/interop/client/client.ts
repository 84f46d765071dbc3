import type { Place } from './place.js'

export type Format = 'v1' | 'v2' | 'hybrid'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

interface StartOptions {
  /** TCP port for peers; a free one where it is not given. */
  readonly port?: number
  /** Where the client runs; this machine's loopback where it is not given. */
  readonly place?: Place
  /** An HTTP tracker to announce to; no other is asked. */
  readonly tracker?: string
  /** Milliseconds until a step that does not end is an error. */
  readonly patience?: number
  /** Called with the process id once the client is up; it is told what to seed or to fetch when this is done. */
  readonly onReady?: (pid: number) => void | Promise<void>
}

export interface SeedOptions extends StartOptions {
  readonly torrentFile: string
  /** The folder in which the content stands under its own name. */
  readonly folder: string
}

export interface LeechOptions extends StartOptions {
  /** Path of a .torrent, or a magnet link. */
  readonly torrent: string
  /** The folder in which the content will stand under its own name. */
  readonly folder: string
  readonly peers?: readonly Endpoint[]
  /** Whether it seeds afterwards; only Shoal has a choice. */
  readonly keepsSeeding?: boolean
}

/** A client as a process of its own, seeding or fetching one torrent. */
export interface RunningClient {
  readonly pid: number
  readonly endpoint: Endpoint
  /** Resolves once it says that it has all of the content; rejects with all that it printed. */
  readonly complete: Promise<void>
  /** Ends the process and removes its state. Content stays. */
  stop(): Promise<void>
}

/** A BitTorrent client that others wrote, without DHT, local discovery, peer exchange and port mapping. */
export interface Client {
  readonly name: string
  /** The formats that it can read, from anybody. */
  readonly formats: readonly Format[]
  /** Whether it makes no empty files. */
  readonly leavesOutEmpty?: boolean
  /** Why it cannot be run here; undefined where it can. */
  whyUnavailable(): string | undefined
  /** Resolves once the content was verified and the port answers. */
  seed(options: SeedOptions): Promise<RunningClient>
  /** Resolves once it was told to fetch. */
  leech(options: LeechOptions): Promise<RunningClient>
}

export const isMagnet = (torrent: string): boolean => torrent.startsWith('magnet:')
