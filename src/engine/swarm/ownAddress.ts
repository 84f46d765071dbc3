/** Peers whose word is kept. The one that spoke first is forgotten. */
const MAX_TELLERS = 32
/** Hosts that must say the same before it is believed: one alone could choose its own neighbours. */
const LEAST_AGREEING = 2

const isV6 = (host: string): boolean => host.includes(':')

/** The one of `told` that more than half are, and at least LEAST_AGREEING. */
const agreedOf = (told: readonly string[]): string | undefined => {
  const counts = new Map<string, number>()
  for (const address of told) counts.set(address, (counts.get(address) ?? 0) + 1)
  return [...counts].find(([, count]) => 2 * count > told.length && count >= LEAST_AGREEING)?.[0]
}

/**
 * The address at which others see this peer, as they say themselves (BEP 10 "yourip"): a hint, believed when more than
 * half of the hosts that said anything agree.
 *
 * Invariant: each host has one voice for each family, MAX_TELLERS in all.
 */
export class OwnAddress {
  readonly #told = new Map<string, string>()
  #v4: string | undefined
  #v6: string | undefined

  /** A peer at `teller` sees this one at `address`. */
  hear(teller: string, address: string): void {
    const voice = `${teller} ${isV6(address) ? 6 : 4}`
    this.#told.delete(voice)
    this.#told.set(voice, address)
    const [oldest] = this.#told.keys()
    if (this.#told.size > MAX_TELLERS && oldest !== undefined) this.#told.delete(oldest)
    this.#v4 = agreedOf([...this.#told.values()].filter((one) => !isV6(one)))
    this.#v6 = agreedOf([...this.#told.values()].filter(isV6))
  }

  /** The address for peers of the family of `host`; undefined where it is not known. */
  facing(host: string): string | undefined {
    return isV6(host) ? this.#v6 : this.#v4
  }
}
