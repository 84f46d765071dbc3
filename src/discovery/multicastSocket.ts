import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import type { Family } from '../protocol/announce/compactPeers.js'

/** The groups of BEP 14. */
const GROUPS: Readonly<Record<Family, string>> = { IPv4: '239.192.152.143', IPv6: 'ff15::efc0:988f' }

/** How Node names an interface to multicast on: by its address, or for IPv6 by its scope. */
const nameOf = (family: Family, name: string, { address, scopeid }: NetworkInterfaceInfo): string =>
  family === 'IPv4' ? address : `::%${process.platform === 'win32' ? scopeid : name}`

/** The interfaces of this machine that reach others. */
export const interfacesOf = (family: Family): readonly string[] => [
  ...new Set(
    Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses
        .filter((address) => address.family === family && !address.internal)
        .map((address) => nameOf(family, name, address)),
    ),
  ),
]

export interface MulticastOptions {
  readonly family: Family
  readonly port: number
  /** The interfaces there are now, as `interfacesOf` names them. */
  readonly interfaces: (family: Family) => readonly string[]
  readonly onPacket: (packet: Uint8Array, from: RemoteInfo) => void
  /** It cannot be used, and is closed. */
  readonly onFailure: (error: Error) => void
}

/** Sends to a group of BEP 14 and hears what others send to it. Several programs of a machine share the port. */
export class MulticastSocket {
  /** The group and its port, as the header "Host" names them. */
  readonly group: string
  readonly #options: MulticastOptions
  readonly #socket: Socket
  readonly #joined = new Set<string>()
  #sending: Promise<void>
  #isClosed = false

  constructor(options: MulticastOptions) {
    const { family, port, onPacket } = options
    this.#options = options
    this.group = family === 'IPv4' ? `${GROUPS.IPv4}:${port}` : `[${GROUPS.IPv6}]:${port}`
    this.#socket = createSocket({
      type: family === 'IPv4' ? 'udp4' : 'udp6',
      reuseAddr: true,
      ipv6Only: family === 'IPv6',
    })
    this.#socket.unref()
    this.#socket.on('message', onPacket)
    this.#socket.on('error', (error) => this.#fail(error))
    this.#sending = this.#bind()
  }

  /** Sends `packet` on every interface, after what is being sent. Never rejects. */
  send(packet: Uint8Array): Promise<void> {
    this.#sending = this.#sending.then(() => this.#sendAll(packet))
    return this.#sending
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.close()
  }

  /** Where the system can, it takes packets to the group alone: nobody from afar can send to that. */
  #bind(): Promise<void> {
    const { family, port } = this.#options
    const address = process.platform === 'win32' ? undefined : GROUPS[family]
    return new Promise((resolve) => {
      this.#socket.once('listening', resolve)
      this.#socket.once('close', resolve)
      this.#socket.bind({ port, ...(address !== undefined && { address }) })
    })
  }

  async #sendAll(packet: Uint8Array): Promise<void> {
    const { family, interfaces } = this.#options
    for (const name of interfaces(family)) {
      if (this.#isClosed) return
      if (this.#use(name)) await this.#sendOne(packet)
    }
  }

  /** Sends by `name` next, and hears there; interfaces come and go. */
  #use(name: string): boolean {
    try {
      if (!this.#joined.has(name)) this.#socket.addMembership(GROUPS[this.#options.family], name)
      this.#joined.add(name)
      this.#socket.setMulticastInterface(name)
      return true
    } catch {
      this.#joined.delete(name)
      return false
    }
  }

  /** An interface that takes nothing is passed over. */
  #sendOne(packet: Uint8Array): Promise<void> {
    const { family, port } = this.#options
    return new Promise((resolve) => this.#socket.send(packet, port, GROUPS[family], () => resolve()))
  }

  #fail(error: Error): void {
    if (this.#isClosed) return
    this.close()
    this.#options.onFailure(error)
  }
}
