import { createSocket } from 'node:dgram'
import { request as requestHttp } from 'node:http'
import {
  encodeGatewayCall,
  readGateway,
  readGatewayError,
  type GatewayControl,
} from '../protocol/portMap/gateway.js'
import type { GrantedMapping, MappingRequest } from '../protocol/portMap/pcp.js'
import {
  encodeSearch,
  type HttpPlace,
  readSearchAnswer,
  SEARCH_TARGETS,
  SSDP_HOST,
  SSDP_PORT,
} from '../protocol/portMap/ssdp.js'
import type { Gateway } from './defaultGateway.js'

/** Milliseconds for a gateway to answer a search, whose MX is 1 s, and for an exchange over HTTP. */
const SEARCH_TIME = 2_500
const HTTP_TIME = 5_000

/** Bytes of a description or an answer: those of common routers have 2 to 10 KB. */
const MAX_BODY = 128 * 1024

/** The error of UPnP that says that the router knows leases without end alone. */
const PERMANENT_ONLY = 725

/** Finds the gateway's description. Who answers from elsewhere than the router is not heard. @throws Error */
const findDescription = (gateway: Gateway): Promise<HttpPlace> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const end = (act: () => void): void => {
      clearTimeout(timer)
      socket.close()
      act()
    }
    const fail = (why: string): void => end(() => reject(new Error(why)))
    const timer = setTimeout(() => fail('no router answers the search'), SEARCH_TIME)
    socket.on('error', (error) => fail(error.message))
    socket.on('message', (message, sender) => {
      const url = sender.address === gateway.host ? readSearchAnswer(message, sender.address) : undefined
      if (url !== undefined) end(() => resolve(url))
    })
    socket.bind({ address: gateway.localHost }, () => {
      socket.setMulticastInterface(gateway.localHost)
      // One lost datagram should not cost the mapping.
      for (const target of [...SEARCH_TARGETS, ...SEARCH_TARGETS])
        socket.send(encodeSearch(target), SSDP_PORT, SSDP_HOST)
    })
  })

interface Exchange {
  readonly status: number
  readonly body: string
}

/** One exchange over HTTP: no redirects, no more than MAX_BODY. @throws Error */
const exchange = (
  place: HttpPlace,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<Exchange> =>
  new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const signal = AbortSignal.timeout(HTTP_TIME)
    const request = requestHttp({ ...place, method, headers, signal, agent: false }, (response) => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size > MAX_BODY) request.destroy(new Error('the router says too much'))
        else parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('latin1') }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })

/** Finds where the router is asked to map ports. @throws Error */
export const findControl = async (gateway: Gateway): Promise<GatewayControl> => {
  const location = await findDescription(gateway)
  const { status, body } = await exchange(location, undefined, {})
  const control = status === 200 ? readGateway(body, location) : undefined
  if (control === undefined) throw new Error('the router maps no ports by UPnP')
  return control
}

const call = async (
  { place, service }: GatewayControl,
  action: string,
  fields: Readonly<Record<string, string | number>>,
): Promise<number | undefined> => {
  const body = encodeGatewayCall(service, action, fields)
  const { status, body: answer } = await exchange(place, body, {
    'Content-Type': 'text/xml; charset="utf-8"',
    'Content-Length': String(Buffer.byteLength(body)),
    SOAPAction: `"${service}#${action}"`,
  })
  return status === 200 ? undefined : (readGatewayError(answer) ?? -1)
}

/** Asks by UPnP; a lifetime of 0 removes. @throws Error where the router refuses */
export const mapByUpnp = async (
  control: GatewayControl,
  localHost: string,
  { internalPort, externalPort, lifetime }: MappingRequest,
): Promise<GrantedMapping> => {
  const port = { NewRemoteHost: '', NewExternalPort: externalPort, NewProtocol: 'TCP' }
  if (lifetime === 0) {
    await call(control, 'DeletePortMapping', port)
    return { externalPort, lifetime }
  }
  const add = (lease: number): Promise<number | undefined> =>
    call(control, 'AddPortMapping', {
      ...port,
      NewInternalPort: internalPort,
      NewInternalClient: localHost,
      NewEnabled: 1,
      NewPortMappingDescription: 'Shoal',
      NewLeaseDuration: lease,
    })
  let fault = await add(lifetime)
  if (fault === PERMANENT_ONLY) fault = await add(0)
  if (fault !== undefined) throw new Error(`the router refuses (${fault})`)
  return { externalPort, lifetime }
}
