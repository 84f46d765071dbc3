import { lookup, type LookupAddress } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { addressScope } from '../../support/addressScope.js'
import { WebFault } from './webFault.js'

/** Connections to one host at once: as many as requests under way, and as many that drain an answer nobody reads. */
const MAX_SOCKETS = 8

/**
 * Connections to web servers that a stranger named, kept open between requests.
 *
 * Invariant: none leads to an address that the request may not go to, whatever names resolve to, since the address that
 * was looked at is the one connected to; connections made under one rule are not used under the other.
 */
export class WebAgents {
  readonly #agents = new Map<string, HttpAgent>()

  /** The agent for `target`, which may be of this machine or a private network or not. @throws WebFault refused */
  agentFor(target: URL, mayBeLocal: boolean): HttpAgent {
    const host = target.hostname.replace(/^\[|\]$/g, '')
    // A host that is an address is connected to as it is, without a lookup.
    if (isIP(host) !== 0) requireAllowed(host, [host], mayBeLocal)
    const key = `${target.protocol} ${mayBeLocal}`
    const agent = this.#agents.get(key) ?? newAgent(target.protocol, mayBeLocal)
    this.#agents.set(key, agent)
    return agent
  }

  /** Closes every connection. */
  destroy(): void {
    for (const agent of this.#agents.values()) agent.destroy()
  }
}

const newAgent = (protocol: string, mayBeLocal: boolean): HttpAgent => {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS, lookup: guardedLookup(mayBeLocal) }
  return protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
}

/** Those of `addresses` that may be connected to. @throws WebFault refused where none may */
const requireAllowed = (host: string, addresses: readonly string[], mayBeLocal: boolean): string[] => {
  const allowed = addresses.filter((address) => {
    const scope = addressScope(address)
    return scope === 'global' || (scope === 'local' && mayBeLocal)
  })
  if (allowed.length > 0) return allowed
  throw new WebFault('refused', `${host} is no address that a torrent may send this request to`)
}

const guardedLookup =
  (mayBeLocal: boolean): LookupFunction =>
  (host, options, callback) => {
    const all = { ...options, all: true } as const
    lookup(host, all, (error, found: readonly LookupAddress[]) => {
      if (error) return callback(error, '', 0)
      try {
        const addresses = found.map(({ address }) => address)
        const allowed = requireAllowed(host, addresses, mayBeLocal).map((address) => ({
          address,
          family: isIP(address),
        }))
        const [first] = allowed
        if (options.all === true) callback(null, allowed)
        else callback(null, first?.address ?? '', first?.family ?? 0)
      } catch (fault) {
        callback(fault as Error, '', 0)
      }
    })
  }
