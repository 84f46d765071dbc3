// Makes the pictures of docs/screenshots: each page, light and dark, as on a phone and on a desktop, of peers that
// exchange files on this machine meanwhile:
//   npm run screenshots
// It needs chromium.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, 'docs/screenshots')
const folder = mkdtempSync(join(tmpdir(), 'shoal-screenshots-'))
const running = []

const shoal = (...words) => {
  const program = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  running.push(program)
  const lines = createInterface({ input: program.stdout })
  return (wanted) =>
    new Promise((resolve) =>
      lines.on('line', (line) => {
        const event = JSON.parse(line)
        if (event.event === wanted) resolve(event)
      }),
    )
}

const post = async (url, path, body) => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(await answer.text())
}

const peer = async (tracker, name, ...flags) => {
  const words = ['peer', '127.0.0.1', '0', '127.0.0.1', String(tracker), '--json', '--http', '127.0.0.1:0']
  const event = shoal(...words, '--state', join(folder, `${name}-state`), '-o', join(folder, name), ...flags)
  return `http://127.0.0.1:${(await event('http')).port}/`
}

const makeFile = (name, size) => {
  const path = join(folder, 'input', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, randomBytes(size))
}

/** What is shared: names and sizes in MB. */
const SHARED = [
  ['Big Buck Bunny (4K).mkv', 90],
  ['debian-12.9.0-amd64-netinst.iso', 40],
  ['Conference recordings 2026', 6],
  ['field-recordings.flac', 12],
  ['map-tiles-europe.mbtiles', 70],
  ['thesis-final-v7.pdf', 2],
]

const PAGES = (torrent) => [
  ['transfers', '#/transfers'],
  ['catalog', '#/catalog'],
  ['torrent', `#/torrents/${torrent}`],
  ['files', '#/torrents/Conference'],
  ['pieces', `#/torrents/${torrent}/pieces`],
  ['peers', `#/torrents/${torrent}/peers`],
  ['settings', '#/settings'],
]

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 780 } }

const executablePath = [process.env.SHOAL_CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path && existsSync(path),
)

const take = async (browser, url, name) => {
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport, colorScheme })
      await page.goto(url)
      await page.waitForTimeout(2200)
      const session = await page.context().newCDPSession(page)
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 50 })
      writeFileSync(join(target, `${name}-${size}-${colorScheme}.webp`), Buffer.from(data, 'base64'))
      await page.close()
    }
}

const main = async () => {
  mkdirSync(target, { recursive: true })
  for (const [name, size] of SHARED) {
    if (name.includes('.')) makeFile(name, size * 1e6)
    else for (let part = 1; part <= 6; part++) makeFile(join(name, `Talk ${part}.webm`), (size * 1e6) / 6)
  }
  const tracker = (
    await shoal('tracker', '--host', '127.0.0.1', '--port', '0', '--json', '--state', 'tracker')('listening')
  ).port
  const seeder = await peer(tracker, 'seeder', '--upload-limit', '700K')
  const other = await peer(tracker, 'other', '--upload-limit', '300K')
  const mine = await peer(tracker, 'mine')
  for (const [name] of SHARED) await post(seeder, 'shares', { path: join(folder, 'input', name) })
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const listed = async () => (await (await fetch(`${seeder}api/catalog`)).json()).torrents
  while ((await listed()).length < SHARED.length) await new Promise((resolve) => setTimeout(resolve, 200))
  const ids = new Map((await listed()).map(({ id, name }) => [name, String(id)]))
  for (const [name] of SHARED.slice(0, 2)) await post(other, 'torrents', { what: ids.get(name) })
  for (const [name] of SHARED.slice(0, 4)) await post(mine, 'torrents', { what: ids.get(name) })
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  const folderId = ids.get('Conference recordings 2026')
  for (const [name, path] of PAGES(ids.get(SHARED[0][0])))
    await take(browser, `${mine}${path.replace('Conference', `${folderId}/files`)}`, name)
  await take(browser, `http://127.0.0.1:${tracker}/`, 'tracker')
  await browser.close()
}

try {
  await main()
} finally {
  for (const program of running) program.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
