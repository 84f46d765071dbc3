import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { networkInterfaces, platform } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Milliseconds for a program that prints routes. */
const RUN_TIME = 3_000

/** The router, and this machine's address towards it. */
export interface Gateway {
  readonly host: string
  readonly localHost: string
}

/** The router that the way to anywhere leads over, in IPv4; undefined where there is none, or the system does not say. */
export const defaultGateway = async (): Promise<Gateway | undefined> => {
  const host = await gatewayHost().catch(() => undefined)
  const localHost = host === undefined ? undefined : localHostTowards(host)
  return host === undefined || localHost === undefined ? undefined : { host, localHost }
}

const gatewayHost = async (): Promise<string | undefined> => {
  if (platform() === 'linux') return linuxGateway(await readFile('/proc/net/route', 'utf8'))
  const [program, ...words] =
    platform() === 'win32' ? ['route', 'print', '-4', '0.0.0.0'] : ['netstat', '-rnf', 'inet']
  const { stdout } = await run(program ?? '', words, {
    timeout: RUN_TIME,
    maxBuffer: 1024 * 1024,
    windowsHide: true,
  })
  return printedGateway(stdout)
}

/** From /proc/net/route: destination and gateway in hexadecimal, the first byte last. */
export const linuxGateway = (routes: string): string | undefined => {
  for (const line of routes.split('\n').slice(1)) {
    const [, destination, gateway = ''] = line.split('\t')
    if (destination !== '00000000' || !/^[0-9A-F]{8}$/.test(gateway) || gateway === '00000000') continue
    return [6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16)).join('.')
  }
  return undefined
}

/** From what Windows and BSD print: a row whose first column is the default route. */
export const printedGateway = (routes: string): string | undefined => {
  for (const line of routes.split('\n')) {
    const words = line.trim().split(/\s+/)
    if (words[0] !== 'default' && words[0] !== '0.0.0.0') continue
    const gateway = words.slice(1).find((word) => isIPv4(word) && word !== '0.0.0.0')
    if (gateway !== undefined) return gateway
  }
  return undefined
}

/** The address of the interface whose network `host` is in. */
const localHostTowards = (host: string): string | undefined => {
  const wanted = numberOf(host)
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, netmask } of addresses ?? []) {
      if (family !== 'IPv4') continue
      const mask = numberOf(netmask)
      if ((numberOf(address) & mask) === (wanted & mask)) return address
    }
  }
  return undefined
}

const numberOf = (host: string): number =>
  host.split('.').reduce((number, part) => ((number << 8) | Number(part)) >>> 0, 0)
