import { createSocket } from 'node:dgram'
import { randomBytes } from 'node:crypto'
import { decodeNatPmpAnswer, encodeNatPmpRequest } from '../protocol/portMap/natPmp.js'
import {
  decodePcpAnswer,
  encodePcpRequest,
  GATEWAY_PORT,
  type GrantedMapping,
  type MappingRequest,
} from '../protocol/portMap/pcp.js'
import type { Gateway } from './defaultGateway.js'

/**
 * Milliseconds until a request is sent again, doubled each time (RFC 6886 section 3.1), and how often: a router that is
 * silent for 750 ms speaks neither protocol, and is then asked by UPnP.
 */
const FIRST_WAIT = 250
const ATTEMPTS = 2

type Read = (bytes: Uint8Array) => GrantedMapping | 'refused' | undefined

/** Sends `bytes` to the router until `read` finds an answer. @throws Error where there is none, or it refuses */
const exchange = (gateway: Gateway, bytes: Uint8Array, read: Read): Promise<GrantedMapping> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    let timer: NodeJS.Timeout | undefined
    const end = (act: () => void): void => {
      clearTimeout(timer)
      socket.close()
      act()
    }
    const fail = (why: string): void => end(() => reject(new Error(why)))
    const send = (attempt: number): void => {
      if (attempt === ATTEMPTS) return fail('the router does not answer')
      socket.send(bytes)
      timer = setTimeout(() => send(attempt + 1), FIRST_WAIT * 2 ** attempt)
    }
    socket.on('error', (error) => fail(error.message))
    // A connected socket hears the router alone.
    socket.on('message', (message) => {
      const answer = read(message)
      if (answer === 'refused') fail('the router refuses')
      else if (answer !== undefined) end(() => resolve(answer))
    })
    socket.bind({ address: gateway.localHost }, () =>
      socket.connect(GATEWAY_PORT, gateway.host, () => send(0)),
    )
  })

/** Asks by PCP (RFC 6887). The nonce says later whose the mapping is. */
export const mapByPcp = (
  gateway: Gateway,
  request: MappingRequest,
  nonce: Uint8Array,
): Promise<GrantedMapping> => {
  const bytes = encodePcpRequest(request, gateway.localHost, nonce)
  if (bytes === undefined) return Promise.reject(new Error('this machine has no address'))
  return exchange(gateway, bytes, (answer) => decodePcpAnswer(answer, request, nonce))
}

export const newNonce = (): Uint8Array => randomBytes(12)

/** Asks by NAT-PMP (RFC 6886). */
export const mapByNatPmp = (gateway: Gateway, request: MappingRequest): Promise<GrantedMapping> =>
  exchange(gateway, encodeNatPmpRequest(request), (answer) => decodeNatPmpAnswer(answer, request))
