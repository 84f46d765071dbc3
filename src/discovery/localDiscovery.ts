import { randomBytes } from 'node:crypto'
import type { RemoteInfo } from 'node:dgram'
import type { Family } from '../protocol/announce/compactPeers.js'
import { decodeLocalAnnounce, encodeLocalAnnounce } from '../protocol/announce/localAnnounce.js'
import { toHex } from '../protocol/hex.js'
import type { Endpoint } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'
import { interfacesOf, MulticastSocket } from './multicastSocket.js'

/** The port of BEP 14. */
const PORT = 6771

/** Between two announces of a torrent, and at least when a stranger has come that is to know this peer. Milliseconds. */
const INTERVAL = 5 * 60_000
const LEAST_INTERVAL = 60_000

/** Packets a second that are read: 100 peers that announce a torrent each in the same second. */
const MAX_PACKETS = 100

/** Peers of a torrent that were answered; more are taken, and not answered. */
const MAX_HEARD = 200

export interface LocalTorrent {
  /** Of 20 bytes each. */
  readonly infoHashes: readonly Uint8Array[]
  readonly onPeers: (peers: readonly Endpoint[]) => void
}

export interface LocalDiscoveryOptions {
  /** Where this peer listens. */
  readonly port: number
  /** The address families on which it listens; others would call in vain. */
  readonly families: readonly Family[]
  readonly logger: Logger
  /** Milliseconds, never going back. */
  readonly now: () => number
  readonly groupPort?: number
  readonly interfaces?: (family: Family) => readonly string[]
}

interface Entry {
  readonly torrent: LocalTorrent
  readonly heard: Set<string>
  announcedAt: number
  dueAt: number
  timer: NodeJS.Timeout | undefined
}

/**
 * Finds peers on the local network (BEP 14), for all torrents of a peer together. Where there is no multicast it finds
 * nobody and says nothing.
 *
 * Invariant: two announces of a torrent are LEAST_INTERVAL apart.
 */
export class LocalDiscovery {
  readonly #options: LocalDiscoveryOptions
  readonly #cookie = randomBytes(8).toString('hex')
  readonly #entries = new Set<Entry>()
  readonly #sockets = new Set<MulticastSocket>()
  #isOpen = false
  #second = -1
  #packets = 0

  constructor(options: LocalDiscoveryOptions) {
    this.#options = options
  }

  /** Announces a torrent, and tells of others who have it, until what is returned is called. */
  join(torrent: LocalTorrent): () => void {
    this.#open()
    const entry: Entry = { torrent, heard: new Set(), announcedAt: -Infinity, dueAt: 0, timer: undefined }
    this.#entries.add(entry)
    this.#announce(entry)
    return () => {
      clearTimeout(entry.timer)
      this.#entries.delete(entry)
    }
  }

  close(): void {
    for (const { timer } of this.#entries) clearTimeout(timer)
    this.#entries.clear()
    for (const socket of this.#sockets) socket.close()
    this.#sockets.clear()
  }

  /** With the first torrent: who has none leaves the port alone. */
  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    for (const family of this.#options.families) this.#listen(family)
  }

  #listen(family: Family): void {
    const { groupPort = PORT, interfaces = interfacesOf, logger } = this.#options
    const socket = new MulticastSocket({
      family,
      port: groupPort,
      interfaces,
      onPacket: (packet, from) => this.#receive(packet, from),
      onFailure: (error) => {
        this.#sockets.delete(socket)
        logger.debug(() => `No local discovery over ${family}: ${error.message}`)
      },
    })
    this.#sockets.add(socket)
  }

  #announce(entry: Entry): void {
    const { port, now } = this.#options
    const { infoHashes } = entry.torrent
    entry.announcedAt = now()
    this.#plan(entry, entry.announcedAt + INTERVAL)
    for (const socket of this.#sockets)
      void socket.send(encodeLocalAnnounce({ port, infoHashes, cookie: this.#cookie }, socket.group))
  }

  #plan(entry: Entry, time: number): void {
    clearTimeout(entry.timer)
    entry.dueAt = time
    entry.timer = setTimeout(() => this.#announce(entry), time - this.#options.now()).unref()
  }

  #receive(packet: Uint8Array, { address }: RemoteInfo): void {
    if (this.#isFlooded()) return
    const heard = decodeLocalAnnounce(packet)
    if (heard === undefined || heard.cookie === this.#cookie) return
    const hashes = new Set(heard.infoHashes.map(toHex))
    for (const entry of this.#entries) {
      if (entry.torrent.infoHashes.some((hash) => hashes.has(toHex(hash))))
        this.#meet(entry, { host: address, port: heard.port })
    }
  }

  /** Whether more came in this second than is read. */
  #isFlooded(): boolean {
    const second = Math.floor(this.#options.now() / 1000)
    if (second !== this.#second) this.#packets = 0
    this.#second = second
    return ++this.#packets > MAX_PACKETS
  }

  /** A stranger is answered, so that it knows this peer too, as soon as the next announce may be. */
  #meet(entry: Entry, peer: Endpoint): void {
    const { logger, now } = this.#options
    const key = `${peer.host} ${peer.port}`
    if (!entry.heard.has(key) && entry.heard.size < MAX_HEARD) {
      entry.heard.add(key)
      logger.debug(() => `Found ${key} on the local network`)
      const soon = Math.max(entry.announcedAt + LEAST_INTERVAL, now())
      if (soon < entry.dueAt) this.#plan(entry, soon)
    }
    entry.torrent.onPeers([peer])
  }
}
