import { BlockList, isIP } from 'node:net'

/**
 * 'global': any machine of the Internet. 'local': this machine, or one of a private network. 'never': no machine that
 * has anything to say to us: link-local addresses, at which clouds keep credentials, multicast, and those that mean nobody.
 */
export type AddressScope = 'global' | 'local' | 'never'

const listOf = (subnets: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

/** RFC 6890: loopback, private, shared by carriers, unique local, IPv4 within IPv6 as nobody writes it any more. */
const LOCAL = listOf([
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'],
  ...['::1/128', 'fc00::/7', 'fec0::/10', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16'],
])

/** "This network", link-local, multicast and reserved. */
const NEVER = listOf([
  ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '224.0.0.0/3'],
  ...['fe80::/10', 'ff00::/8', '::/128'],
])

/** Addresses of IPv4 within IPv6 that were never to be sent to: none is global, whatever they hold. */
const COMPATIBLE = listOf(['::/96'])

/** The scope of an IP address; of what is none 'never'. */
export const addressScope = (address: string): AddressScope => {
  const version = isIP(address)
  if (version === 0) return 'never'
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (NEVER.check(address, family)) return 'never'
  if (LOCAL.check(address, family)) return 'local'
  return family === 'ipv6' && COMPATIBLE.check(address, family) ? 'never' : 'global'
}
