const GROUPS = 8
const NETWORK_GROUPS = 4

/**
 * Whom a limit per address counts `host` towards: an IPv4 address is its own; an IPv6 subscriber holds at least
 * a /64 and can take any address in it (RFC 6177), so its first 64 bits count.
 */
export const addressGroup = (host: string): string => {
  if (!host.includes(':')) return host
  const [head = '', tail] = host.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}
