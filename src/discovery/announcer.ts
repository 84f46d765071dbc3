import type { Endpoint } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'
import type { Announce } from './announceCall.js'
import { Announcement } from './announcement.js'
import { Tier } from './tier.js'
import { isAnnounceUrl } from './trackerClient.js'
import { mergeReports, type TrackerReport } from './trackerReport.js'

/** Bytes of one torrent so far, and those that are missing. */
export interface AnnouncedProgress {
  readonly uploaded: number
  readonly downloaded: number
  readonly left: number
}

export interface AnnouncerOptions {
  /** Announce URLs by tier (BEP 12). Those of another kind are left out. */
  readonly tiers: readonly (readonly string[])[]
  /** Of 20 bytes each; a hybrid torrent has two. */
  readonly infoHashes: readonly Uint8Array[]
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Where this peer listens. */
  readonly port: number
  readonly announce: Announce
  readonly progress: () => AnnouncedProgress
  /** What trackers name; bounded, and otherwise as they say it: this peer may be among them. */
  readonly onPeers: (peers: readonly Endpoint[]) => void
  readonly logger: Logger
  /** From 0 up to but not including 1. */
  readonly random: () => number
  /** Milliseconds, never going back. */
  readonly now: () => number
}

/** Keeps one torrent announced, under each of its info-hashes, to a tracker of every tier (BEP 3, 12). */
export class Announcer {
  readonly #announcements: readonly Announcement[]

  constructor(options: AnnouncerOptions) {
    const { infoHashes, peerId, port, progress, random } = options
    const key = Math.floor(random() * 2 ** 32)
    this.#announcements = tiersOf(options).flatMap((tier) =>
      infoHashes.map(
        (infoHash) =>
          new Announcement({
            ...options,
            tier,
            request: () => ({ infoHash, peerId, port, key, ...progress() }),
          }),
      ),
    )
  }

  start(): void {
    for (const announcement of this.#announcements) announcement.speak()
  }

  /** The download is complete; what was complete from the start never says so. */
  complete(): void {
    for (const announcement of this.#announcements) announcement.complete()
  }

  /** More peers are wanted: announces as soon as each tracker allows. */
  findPeers(): void {
    for (const announcement of this.#announcements) announcement.findPeers()
  }

  /** Every tracker as it stands, by tier. */
  get reports(): readonly (readonly TrackerReport[])[] {
    const tiers = new Map<Tier, Map<string, TrackerReport>>()
    for (const announcement of this.#announcements) {
      const known = tiers.get(announcement.tier) ?? new Map<string, TrackerReport>()
      tiers.set(announcement.tier, known)
      for (const report of announcement.reports) {
        const other = known.get(report.url)
        known.set(report.url, other === undefined ? report : mergeReports(other, report))
      }
    }
    return [...tiers.values()].map((reports) => [...reports.values()])
  }

  /** Tells trackers that this peer leaves; takes two seconds at most. Never rejects. */
  async stop(): Promise<void> {
    await Promise.all(this.#announcements.map((announcement) => announcement.stop()))
  }
}

/** A tracker counts in the first tier that has it. */
const tiersOf = ({ tiers, random }: AnnouncerOptions): readonly Tier[] => {
  const known = new Set<string>()
  return tiers
    .map((urls) => urls.filter((url) => isAnnounceUrl(url) && !known.has(url) && known.add(url).size > 0))
    .filter((urls) => urls.length > 0)
    .map((urls) => new Tier(urls, random))
}
