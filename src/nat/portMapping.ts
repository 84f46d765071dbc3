import type { Logger } from '../support/log.js'
import type { GrantedMapping, MappingRequest } from '../protocol/portMap/pcp.js'
import { defaultGateway, type Gateway } from './defaultGateway.js'
import { mapByNatPmp, mapByPcp, newNonce } from './gatewayDatagram.js'
import { findControl, mapByUpnp } from './upnp.js'

/** Seconds that are asked for: RFC 6886 section 3.3 recommends two hours. Renewed after half of what was granted. */
const LIFETIME = 7200
/** Milliseconds: the least until a renewal, the pause after a failure, and what the end may take. */
const RENEW_LEAST = 30_000
const RETRY = 5 * 60_000
const LEAVING_TIME = 2_000

export type MappingProtocol = 'PCP' | 'NAT-PMP' | 'UPnP'

/** A port that the router passes on. */
export interface PortMappingStatus {
  readonly protocol: MappingProtocol
  readonly externalPort: number
}

/** One way to ask the router, found to work or not by asking. */
type Ask = (request: MappingRequest) => Promise<GrantedMapping>

interface Held extends PortMappingStatus {
  readonly ask: Ask
}

export interface PortMappingOptions {
  /** The port that is listened on. */
  readonly port: number
  /** Told of each change. */
  readonly onChange: (mapping: PortMappingStatus | undefined) => void
  readonly logger: Logger
  /** Default: that of the system. */
  readonly gateway?: () => Promise<Gateway | undefined>
}

/**
 * Has the router pass on a port: by PCP, else NAT-PMP, else UPnP. One after the other, since the mappings of all three are
 * often the same, and what one leaves another would have to remove.
 *
 * Invariant: at most one mapping is kept; `stop` removes it.
 */
export class PortMapping {
  readonly #options: PortMappingOptions
  readonly #nonce = newNonce()
  #held: Held | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  #asking: Promise<void>

  constructor(options: PortMappingOptions) {
    this.#options = options
    this.#asking = this.#begin()
  }

  get status(): PortMappingStatus | undefined {
    return this.#held && { protocol: this.#held.protocol, externalPort: this.#held.externalPort }
  }

  /** Removes the mapping. Never rejects, and does not wait for a router that does not answer. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, LEAVING_TIME).unref())
    await Promise.race([this.#remove(), timeout])
  }

  async #remove(): Promise<void> {
    await this.#asking
    const { port: internalPort, logger } = this.#options
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    await held.ask({ internalPort, externalPort: held.externalPort, lifetime: 0 }).then(
      () => logger.info(() => `The router passes port ${held.externalPort} on no more`),
      (error: unknown) => logger.debug(() => `The mapping stays until it ends: ${(error as Error).message}`),
    )
  }

  #again(milliseconds: number): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#asking = this.#held === undefined ? this.#begin() : this.#renew(this.#held)
    }, milliseconds).unref()
  }

  /** Never rejects. */
  async #begin(): Promise<void> {
    const { logger } = this.#options
    try {
      const gateway = await (this.#options.gateway ?? defaultGateway)()
      if (gateway === undefined) throw new Error('there is no router')
      await this.#ask(gateway)
    } catch (error) {
      logger.debug(() => `The router maps no port: ${(error as Error).message}`)
      this.#again(RETRY)
    }
  }

  /** @throws Error where none works */
  async #ask(gateway: Gateway): Promise<void> {
    // It is looked for meanwhile: that makes no mapping.
    const control = findControl(gateway)
    control.catch(() => undefined)
    const ways: readonly (readonly [MappingProtocol, Ask])[] = [
      ['PCP', (request) => mapByPcp(gateway, request, this.#nonce)],
      ['NAT-PMP', (request) => mapByNatPmp(gateway, request)],
      ['UPnP', async (request) => mapByUpnp(await control, gateway.localHost, request)],
    ]
    const { port } = this.#options
    let failure: unknown
    for (const [protocol, ask] of ways) {
      try {
        const granted = await ask({ internalPort: port, externalPort: port, lifetime: LIFETIME })
        return this.#hold({ protocol, ask, externalPort: granted.externalPort }, granted)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #renew(held: Held): Promise<void> {
    const { port: internalPort, logger, onChange } = this.#options
    try {
      const granted = await held.ask({ internalPort, externalPort: held.externalPort, lifetime: LIFETIME })
      this.#hold({ ...held, externalPort: granted.externalPort }, granted)
    } catch (error) {
      logger.warn(
        () => `The router no longer passes on port ${held.externalPort}: ${(error as Error).message}`,
      )
      this.#held = undefined
      onChange(undefined)
      this.#again(RENEW_LEAST)
    }
  }

  #hold(held: Held, { lifetime }: GrantedMapping): void {
    const isNews = this.#held?.externalPort !== held.externalPort
    this.#held = held
    this.#again(Math.max(RENEW_LEAST, (lifetime * 1000) / 2))
    if (!isNews) return
    const { logger, onChange } = this.#options
    logger.info(() => `The router passes port ${held.externalPort} on to us (${held.protocol})`)
    onChange(this.status)
  }
}
