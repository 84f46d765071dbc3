import mime from 'mime'

/**
 * What others share is shown by nobody's leave but its own: no script runs, nothing is loaded, and it is of no origin, so
 * a page among it cannot use the API as the user.
 */
const POLICY =
  "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"

export const CONTENT_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** The media type of a name; what is unknown is only bytes. */
export const typeOf = (path: string): string => mime.getType(path) ?? 'application/octet-stream'

/** The same as a header; text that says nothing of itself is UTF-8, as nearly all is. */
export const contentTypeOf = (path: string): string => {
  const type = typeOf(path)
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type
}

/** Marks that turn the direction of a name (UAX #9): with one "film\u202egpj.exe" is saved under what reads as a picture. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** What stands in a quoted string, and what RFC 8187 lets stand for itself. */
const plain = (name: string): string => name.replace(/[^ -~]|["\\%]/g, '_')
const encoded = (name: string): string =>
  encodeURIComponent(name.replace(/\p{Cs}/gu, '_').replace(TURNING, '_')).replace(
    /['()*!]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** Content-Disposition (RFC 6266) for a file called `name`. */
export const dispositionOf = (name: string, isDownload: boolean): string =>
  `${isDownload ? 'attachment' : 'inline'}; filename="${plain(name)}"; filename*=UTF-8''${encoded(name)}`
