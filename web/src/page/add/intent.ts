/** What a user means who enters something to share or to get. */
export type Intent =
  | { readonly kind: 'get'; readonly what: string }
  | { readonly kind: 'share'; readonly path: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid' }

/** A path from the root, of Unix or of Windows. */
const PATH = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/

const V1_HASH = /^[0-9a-f]{40}$/i
const V2_HASH = /^[0-9a-f]{64}$/i

/** Reads it; paths mean something only where the peer is on the same machine. */
export const intentOf = (entered: string, isLocal: boolean): Intent => {
  const what = entered.trim()
  if (what === '') return { kind: 'none' }
  if (/^magnet:\?/i.test(what) || /^https?:\/\/[^\s]+$/i.test(what)) return { kind: 'get', what }
  if (V1_HASH.test(what)) return { kind: 'get', what: `magnet:?xt=urn:btih:${what.toLowerCase()}` }
  if (V2_HASH.test(what)) return { kind: 'get', what: `magnet:?xt=urn:btmh:1220${what.toLowerCase()}` }
  if (/^#?[0-9]{1,15}$/.test(what)) return { kind: 'get', what: what.replace('#', '') }
  if (isLocal && PATH.test(what)) return { kind: 'share', path: what }
  return { kind: 'invalid' }
}
