import { binaryString } from '../../protocol/bencode.js'
import { concatBytes } from '../../protocol/bytes.js'
import { MemoryStore } from '../store/memory.js'
import type { Announce, Announced } from '../store/announce.js'

/** A store that takes any torrent. */
export class OpenStore extends MemoryStore {
  readonly #swarms = new Map<string, Map<string, Uint8Array>>()

  override announce({ infoHash, address, port, wanted, event }: Announce): Announced {
    const key = binaryString(infoHash)
    const swarm = this.#swarms.get(key) ?? new Map<string, Uint8Array>()
    this.#swarms.set(key, swarm)
    const contact = Uint8Array.of(...address, port >> 8, port & 255)
    if (event === 'stopped') swarm.delete(binaryString(contact))
    else swarm.set(binaryString(contact), contact)
    const others = [...swarm.values()]
      .filter((other) => binaryString(other) !== binaryString(contact))
      .slice(0, wanted)
    const pick = (size: number): Uint8Array => concatBytes(others.filter((other) => other.length === size))
    const numbers = { seeders: 0, leechers: swarm.size, completed: 0 }
    return { ...numbers, isListed: true, ipv4: pick(6), ipv6: pick(18), peerIds: new Uint8Array(0) }
  }
  override accepts(): boolean {
    return true
  }
  override scrape(infoHashes: readonly Uint8Array[]) {
    return infoHashes.map((infoHash) => {
      const swarm = this.#swarms.get(binaryString(infoHash))
      return swarm && { seeders: 0, leechers: swarm.size, completed: 0 }
    })
  }
}
