import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { WebPages } from './webPages.js'

const SCRIPT = 'console.log(1)\n'.repeat(100)

const built = async (): Promise<WebPages> => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-pages-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html>')
  await writeFile(join(folder, 'assets', 'app-1a2b.js'), SCRIPT)
  await writeFile(join(folder, 'assets', 'app-1a2b.js.br'), 'as brotli')
  return WebPages.open(folder)
}

test('what has a hash in its name is kept for ever, and the page is asked for each time', async () => {
  const pages = await built()
  const script = pages.answer('/assets/app-1a2b.js', {})
  expect(script?.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  const page = pages.answer('/', {})
  expect(page?.headers['cache-control']).toBe('no-cache')
  expect(pages.answer('/', { 'if-none-match': page?.headers.etag })).toMatchObject({ status: 304, body: '' })
  expect(pages.answer('/', { 'if-none-match': '"other"' })?.status).toBe(200)
})

test('what a browser takes is sent compressed: as the build did it, else by us', async () => {
  const pages = await built()
  const ask = (encoding: string) => pages.answer('/assets/app-1a2b.js', { 'accept-encoding': encoding })
  expect(String(ask('gzip, deflate, br')?.body)).toBe('as brotli')
  const zipped = ask('gzip')
  expect(zipped?.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
  expect(gunzipSync(Buffer.from(zipped?.body ?? '')).toString()).toBe(SCRIPT)
  for (const encoding of ['', 'identity', 'brotli', 'xgzip', 'gzip;q=0'])
    expect(ask(encoding)?.headers).not.toHaveProperty('content-encoding')
})

test('addresses that the page itself knows get the page, and nothing else does', async () => {
  const pages = await built()
  expect(String(pages.answer('/torrents/3', {})?.body)).toBe('<!doctype html>')
  for (const path of ['/nothing.js', '/assets/none.css', '/../package.json', '/index.html.br'])
    expect(pages.answer(path, {})).toBeUndefined()
})

test('nothing from elsewhere runs or is loaded in the page, and it is in no other', async () => {
  const policy = (await built()).answer('/', {})?.headers['content-security-policy'] ?? ''
  expect(policy).toMatch(/default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/)
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
})

test('where the page is not built it says so', async () => {
  const pages = await WebPages.open(undefined)
  expect(pages.answer('/', {})).toMatchObject({ status: 503 })
  expect(String(pages.answer('/', {})?.body)).toContain('npm run build')
  expect(pages.answer('/other', {})).toBeUndefined()
})
