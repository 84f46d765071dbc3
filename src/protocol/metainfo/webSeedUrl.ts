import type { Content } from './content.js'

/**
 * Where a web seed has `file` of the content (BEP 19): `seed` is the URL of a single file, or ends in "/" and lacks
 * its name; of a folder it is that of the folder which it stands in. Paths are UTF-8, percent-encoded.
 */
export const fileUrl = (seed: string, content: Content, file: number): string => {
  const [base = ''] = seed.split('#', 1)
  const path = content.files[file]?.path ?? []
  if (!content.isFolder && !base.endsWith('/')) return base
  const parts = content.isFolder ? [content.name, ...path] : [content.name]
  return `${base}${base.endsWith('/') ? '' : '/'}${parts.map(encodeURIComponent).join('/')}`
}
