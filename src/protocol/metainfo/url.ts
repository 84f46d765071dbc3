/** Characters of a URL: what common servers take. */
const MAX_URL = 2048

const TRACKER_SCHEMES = ['http', 'https', 'udp', 'ws', 'wss']
const WEB_SEED_SCHEMES = ['http', 'https']

/** Whether `text` is an absolute URL of one of `schemes`, bounded and without white space or control characters. */
const isUrl = (text: string, schemes: readonly string[]): boolean => {
  const scheme = /^([a-z]+):\/\/[^\s/?#\p{C}][^\s\p{C}]*$/iu.exec(text)?.[1]
  return text.length <= MAX_URL && scheme !== undefined && schemes.includes(scheme.toLowerCase())
}

/** Whether `text` is an announce URL that some client could use. */
export const isTrackerUrl = (text: string): boolean => isUrl(text, TRACKER_SCHEMES)

/** Whether `text` is the URL of a web seed (BEP 19). Those of FTP are none: no client of today asks them. */
export const isWebSeedUrl = (text: string): boolean => isUrl(text, WEB_SEED_SCHEMES)
