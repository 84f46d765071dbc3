import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { constants, gzip } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Bytes of all files together: the page is far below a megabyte, and is kept in memory. */
const MAX_TOTAL = 16 * 1024 * 1024

/** Files of it. */
const MAX_PAGE_FILES = 500

/** Below this a compressed file is hardly smaller. */
const LEAST_COMPRESSED = 512

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** Only what the program itself serves may run, be shown or be asked in its page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "media-src 'self'",
  "frame-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
} as const

/** Vite gives these a hash in their name: another content has another name. */
const LASTING = /^\/assets\//

export interface PageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

interface PageFile {
  readonly etag: string
  readonly type: string
  readonly isLasting: boolean
  /** By the name of its coding; '' as it is. */
  readonly bodies: ReadonlyMap<string, Uint8Array>
}

/** What a browser says that matters here. */
interface PageRequest {
  readonly 'accept-encoding'?: string | string[] | undefined
  readonly 'if-none-match'?: string | undefined
}

const MISSING = `The web page of Shoal is not built, so there is nothing to show here.
Build it with: npm run build
The HTTP API works without it: GET /api/status
`

/** Where the build puts the page: beside the program, or in dist/ where that is run from its source. */
export const BUILT_PAGES = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/web' : '../web', import.meta.url),
)

/** The built web page, read once and kept in memory. */
export class WebPages {
  readonly #files: ReadonlyMap<string, PageFile>

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files
  }

  /** Reads what the build has left in `folder`; where that is missing the page says so. */
  static async open(folder: string | undefined): Promise<WebPages> {
    return new WebPages(folder === undefined ? new Map() : await readFiles(folder))
  }

  /**
   * The answer to GET of `path`; undefined where there is nothing. What has no dot in its last name is an address that
   * the page itself knows, so it gets the page.
   */
  answer(path: string, request: PageRequest): PageAnswer | undefined {
    const index = this.#files.get('/index.html')
    if (index === undefined)
      return path === '/'
        ? { status: 503, headers: { 'content-type': TYPES['.txt'] ?? '' }, body: MISSING }
        : undefined
    const isAddress = !/\.[^/]*$/.test(path)
    const file = this.#files.get(path) ?? (isAddress ? index : undefined)
    return file && answerWith(file, request)
  }
}

/** Whether Accept-Encoding (RFC 9110, 12.5.3) names a coding, and not to refuse it. */
const takes = (accepted: string, coding: string): boolean =>
  accepted.split(',').some((each) => {
    const [name = '', quality = ''] = each.split(';').map((part) => part.trim().toLowerCase())
    return name === coding && !/^q=0(?:\.0*)?$/.test(quality)
  })

const answerWith = (file: PageFile, request: PageRequest): PageAnswer => {
  const caching = file.isLasting ? 'public, max-age=31536000, immutable' : 'no-cache'
  const headers = { ...HEADERS, 'cache-control': caching, etag: file.etag }
  if (request['if-none-match']?.includes(file.etag) === true) return { status: 304, headers, body: '' }
  const accepted = String(request['accept-encoding'] ?? '')
  for (const coding of ['br', 'gzip']) {
    const body = file.bodies.get(coding)
    if (body !== undefined && takes(accepted, coding))
      return {
        status: 200,
        headers: { ...headers, 'content-type': file.type, 'content-encoding': coding },
        body,
      }
  }
  return { status: 200, headers: { ...headers, 'content-type': file.type }, body: file.bodies.get('') ?? '' }
}

const namesIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
    .slice(0, MAX_PAGE_FILES)
}

const readFiles = async (folder: string): Promise<ReadonlyMap<string, PageFile>> => {
  const names = await namesIn(folder)
  const files = new Map<string, PageFile>()
  let total = 0
  for (const name of names.filter((one) => !/\.(br|gz|map)$/.test(one))) {
    total += (await stat(join(folder, name))).size
    if (total > MAX_TOTAL) throw new Error(`${folder} holds more than ${MAX_TOTAL} bytes`)
    files.set(name, await readPage(folder, name, new Set(names)))
  }
  return files
}

const readPage = async (folder: string, name: string, names: ReadonlySet<string>): Promise<PageFile> => {
  const plain = await readFile(join(folder, name))
  const bodies = new Map<string, Uint8Array>([['', plain]])
  if (names.has(`${name}.br`)) bodies.set('br', await readFile(join(folder, `${name}.br`)))
  if (names.has(`${name}.gz`)) bodies.set('gzip', await readFile(join(folder, `${name}.gz`)))
  else if (plain.length >= LEAST_COMPRESSED) bodies.set('gzip', await compress(plain))
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  const type = TYPES[extname(name)] ?? 'application/octet-stream'
  return { etag, type, isLasting: LASTING.test(name), bodies }
}

const compress = (plain: Uint8Array): Promise<Uint8Array> =>
  promisify(gzip)(plain, { level: constants.Z_BEST_COMPRESSION })
