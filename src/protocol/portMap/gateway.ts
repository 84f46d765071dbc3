import { placeFrom, type HttpPlace } from './ssdp.js'

/** The services that map ports, the one to prefer first (UPnP WANIPConnection and WANPPPConnection). */
const SERVICE = /^urn:schemas-upnp-org:service:WAN(?:IP|PPP)Connection:[12]$/

/** Where a gateway is asked to map ports. */
export interface GatewayControl {
  readonly place: HttpPlace
  readonly service: string
}

/** Services looked at in one description. */
const MAX_SERVICES = 64

/** The text of the first element `name` in `xml`, which must be plain; undefined where there is none. */
const textOf = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>\\s*([^<>&\\s]{1,512})\\s*</${name}>`).exec(xml)?.[1]

/**
 * Finds the control in a gateway's description at `location`. Not a reader of XML: the few elements that are needed have
 * no attributes, and what is written otherwise is not taken, nor a control at another address.
 */
export const readGateway = (xml: string, location: HttpPlace): GatewayControl | undefined => {
  const services = xml.split('<service>').slice(1, MAX_SERVICES + 1)
  for (const text of services) {
    const part = text.split('</service>')[0] ?? ''
    const service = textOf(part, 'serviceType')
    const path = textOf(part, 'controlURL')
    if (service === undefined || path === undefined || !SERVICE.test(service)) continue
    const place = placeFrom(path, location)
    if (place !== undefined) return { place, service }
  }
  return undefined
}

/** A call of SOAP. What goes in is ours: numbers, and addresses that were checked. */
export const encodeGatewayCall = (
  service: string,
  action: string,
  fields: Readonly<Record<string, string | number>>,
): string => {
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`)
  return (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
    `<u:${action} xmlns:u="${service}">${inner.join('')}</u:${action}></s:Body></s:Envelope>`
  )
}

/** The number of an error in an answer: 718 says that another has the port, 725 that leases must be without end. */
export const readGatewayError = (xml: string): number | undefined => {
  const digits = textOf(xml, 'errorCode')
  return digits !== undefined && /^[0-9]{1,5}$/.test(digits) ? Number(digits) : undefined
}
