import { toHex } from '../../../protocol/hex.js'
import { addressOf, isInReach, isIPv4At, rangeAt } from '../addressRange.js'
import type { Announce, Announced, Denial, SwarmCounts } from '../announce.js'
import type { ListedPeer } from '../../../protocol/json/answer.js'
import type { PeerId } from '../../../protocol/ids.js'
import { wirePeerIdOf } from '../../../protocol/wire/peerId.js'
import type { TrackerMode } from '../store.js'
import type { RedisConnection } from './connection.js'
import {
  contactOf,
  countsIn,
  pack,
  PAUSED,
  peersIn,
  shuffle,
  type Reply,
  type SwarmPeer,
} from './swarmPeer.js'

/** Where info-hashes lead that are remembered, 200 bytes each. */
const MAX_TARGETS = 100_000

/** Most peers of one answer; of seeders and of leechers so many are asked for, as some may not fit. */
const MAX_WANTED = 250

const DAY = 86_400_000

/** Milliseconds that a swarm is kept at least which nobody announces. */
const LEAST_LIFE = 60_000

/** The swarms in Redis. */
export class RedisSwarms {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #mode: TrackerMode
  /** Where info-hashes led when they were last asked; wrong ones are found out. */
  readonly #targets = new Map<string, string>()
  /** Peers last heard before it have been silent too long. */
  cutoff = 0
  #latest = 0

  constructor(connection: RedisConnection, prefix: string, mode: TrackerMode) {
    this.#connection = connection
    this.#prefix = prefix
    this.#mode = mode
  }

  /** Returns with the answer the name of the swarm. */
  async announce(
    announce: Announce,
    now: number,
  ): Promise<{ readonly answer: Announced | Denial; readonly swarm: string }> {
    // Taken before the first wait: the caller may use its buffers again.
    const { role, event, families, wanted, withPeerIds } = announce
    const contact = contactOf(announce.address, announce.port)
    const peerId = announce.peerId.slice()
    const isDone = role === 'seeder' || event === 'paused'
    const most = Math.min(wanted, MAX_WANTED)
    const args = [
      ...[contact, peerId, role === 'seeder' ? '1' : '0', event ?? '', most, withPeerIds ? '1' : '0'],
      announce.onlyIfKnown === true ? '1' : '0',
    ]
    const { reply, swarm } = await this.#follow(toHex(announce.infoHash), 'announce', now, args)
    const outcome = String(reply[0])
    if (outcome !== 'ok') return { answer: outcome === 'unknown' ? 'unknown' : 'unregistered', swarm }
    const range = rangeAt(contact, 0)
    const fits = (peer: SwarmPeer): boolean =>
      Buffer.compare(peer.contact, contact) !== 0 &&
      (families === 'both' || isIPv4At(peer.contact, 0) === (families === 'IPv4')) &&
      (!isDone || (peer.flags & PAUSED) === 0) &&
      isInReach(rangeAt(peer.contact, 0), range)
    const isWhole = isDone || withPeerIds
    const given = [...peersIn(reply[4], isWhole), ...peersIn(reply[5], isWhole)]
    const peers = shuffle(given.filter(fits), Math.random)
    const isListed = event !== 'stopped'
    return { answer: { ...countsIn(reply), isListed, ...pack(peers.slice(0, most), withPeerIds) }, swarm }
  }

  async scrape(infoHash: Uint8Array): Promise<SwarmCounts | undefined> {
    const { reply } = await this.#follow(toHex(infoHash), 'scrape', this.#latest, [])
    return String(reply[0]) === 'ok' ? countsIn(reply) : undefined
  }

  /** Some of a torrent's peers, in random order. */
  async view(torrent: string, count: number): Promise<readonly [readonly SwarmPeer[], readonly SwarmPeer[]]> {
    const reply = await this.#run(`t${torrent}`, 'view', this.#latest, [Math.min(count, MAX_WANTED)])
    return [
      shuffle([...peersIn(reply[4], true)], Math.random),
      shuffle([...peersIn(reply[5], true)], Math.random),
    ]
  }

  /** Has the info-hashes lead to a torrent, as far as they do not lead to another. */
  async share(
    torrent: string,
    infoHashes: readonly Uint8Array[],
    isProven: boolean,
    now: number,
  ): Promise<void> {
    if (infoHashes.length === 0) return
    await this.#run(`t${torrent}`, 'open', now, [])
    for (const infoHash of infoHashes) {
      const name = toHex(infoHash)
      const [outcome, completed, members] = await this.#run(name, 'claim', now, [
        `t${torrent}`,
        isProven ? 1 : 0,
      ])
      this.#targets.delete(name)
      if (String(outcome) !== 'ok') continue
      await this.#run(`t${torrent}`, 'import', now, [String(completed), ...(members as Uint8Array[])])
    }
  }

  /** Ends the swarm of a torrent; with `isDenied` its info-hashes are taken by nobody any more. */
  async close(torrent: string, infoHashes: readonly Uint8Array[], isDenied: boolean): Promise<void> {
    await this.#run(`t${torrent}`, 'close', this.#latest, [])
    for (const infoHash of infoHashes) {
      this.#targets.delete(toHex(infoHash))
      await this.#run(toHex(infoHash), 'release', this.#latest, [`t${torrent}`, isDenied ? 1 : 0])
    }
  }

  /** Notes a registered peer of a torrent, or with no role that it is none any more; false: the torrent has no swarm. */
  async mirror(
    torrent: string,
    peer: PeerId,
    listed: ListedPeer,
    role: string,
    now: number,
  ): Promise<boolean> {
    const address = listed.wires.includes('bittorrent') ? addressOf(listed.host) : undefined
    if (address === undefined) return true
    const args = [contactOf(address, listed.port), wirePeerIdOf(peer)]
    const [outcome] =
      role === ''
        ? await this.#run(`t${torrent}`, 'unregister', now, args)
        : await this.#run(`t${torrent}`, 'register', now, [...args, role === 's' ? 1 : 0])
    return String(outcome) === 'ok'
  }

  /** How many swarms have peers, and how many. Looks at all of them. */
  async count(): Promise<{ readonly swarms: number; readonly swarmPeers: number }> {
    const keys = await this.#connection.keys(`${this.#prefix}:{*}:i`)
    const names = keys.map((key) => key.slice(key.indexOf('{') + 1, key.indexOf('}')))
    let swarms = 0
    let swarmPeers = 0
    for (let first = 0; first < names.length; first += 1000) {
      const part = names.slice(first, first + 1000)
      const replies = await Promise.all(part.map((name) => this.#run(name, 'scrape', this.#latest, [])))
      for (const { seeders, leechers } of replies.map(countsIn)) {
        if (seeders + leechers > 0) swarms++
        swarmPeers += seeders + leechers
      }
    }
    return { swarms, swarmPeers }
  }

  /** Asks the swarm of an info-hash, or the one that it leads to. */
  async #follow(name: string, op: string, now: number, args: readonly (string | number | Uint8Array)[]) {
    let swarm = this.#targets.get(name) ?? name
    for (let hop = 0; ; hop++) {
      const reply = await this.#run(swarm, op, now, args)
      const outcome = String(reply[0])
      const isLost = outcome === 'none' && swarm !== name
      if (hop === 2 || (outcome !== 'moved' && !isLost)) return { reply, swarm }
      if (isLost) this.#targets.delete(name)
      swarm = isLost ? name : String(reply[1])
      if (!isLost) this.#remember(name, swarm)
    }
  }

  #remember(name: string, swarm: string): void {
    for (const oldest of this.#targets.keys()) {
      if (this.#targets.size < MAX_TARGETS) break
      this.#targets.delete(oldest)
    }
    this.#targets.set(name, swarm)
  }

  async #run(
    swarm: string,
    op: string,
    now: number,
    args: readonly (string | number | Uint8Array)[],
  ): Promise<Reply> {
    this.#latest = Math.max(this.#latest, now)
    const isOpen = this.#mode === 'open' ? 1 : 0
    const all = [op, now, this.cutoff, isOpen, Math.ceil(this.#life()), ...args]
    return (await this.#connection.swarm(`${this.#prefix}:{${swarm}}`, all)) as Reply
  }

  /** Milliseconds that a swarm is kept which nobody announces: longer than any peer of it. */
  #life(): number {
    return this.cutoff === 0 ? 2 * DAY : Math.max(LEAST_LIFE, 2 * (this.#latest - this.cutoff))
  }
}
