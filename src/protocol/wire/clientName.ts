/** Clients by their two letters in a peer id of Azureus style (BEP 20). */
const CLIENTS: Readonly<Record<string, string>> = {
  A2: 'aria2',
  AZ: 'Vuze',
  BC: 'BitComet',
  BI: 'BiglyBT',
  BT: 'BitTorrent',
  DE: 'Deluge',
  FW: 'FrostWire',
  KT: 'KTorrent',
  LT: 'libtorrent',
  PI: 'PicoTorrent',
  SH: 'Shoal',
  TR: 'Transmission',
  TX: 'Tixati',
  UT: 'µTorrent',
  WW: 'WebTorrent',
  lt: 'rTorrent',
  qB: 'qBittorrent',
  rQ: 'rqbit',
}

/** Characters of a name that are shown. */
const MAX_NAME = 40

/** What a peer says of itself, without what a terminal or a page would obey. */
const shown = (name: string): string =>
  name
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim()
    .slice(0, MAX_NAME)

/** Each of the four characters is a number; those at the end that are 0 say nothing. */
const versionOf = (digits: string): string => {
  const numbers = [...digits].map((digit) => parseInt(digit, 36))
  while (numbers.length > 2 && numbers.at(-1) === 0) numbers.pop()
  return numbers.join('.')
}

/**
 * Which program a peer is, fit to be shown: as it says itself (BEP 10 "v"), else by its 20-byte peer id (BEP 20), of which
 * Azureus style alone is read. Undefined where neither tells.
 */
export const clientName = (peerId: Uint8Array, said: string | undefined): string | undefined => {
  const own = shown(said ?? '')
  if (own !== '') return own
  const text = String.fromCharCode(...peerId.subarray(0, 8))
  const [, code = '', digits = ''] = /^-([A-Za-z0-9]{2})([0-9A-Za-z]{4})-$/.exec(text) ?? []
  const name = CLIENTS[code]
  return name === undefined ? undefined : `${name} ${versionOf(digits)}`
}
