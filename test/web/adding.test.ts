import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { TransferDetails } from '../../src/api/contract.js'
import { test } from '../e2e/tools/world.js'
import { drop, sees, useBrowser, whyNoBrowser } from './browser.js'
import { api, startPeer } from './peers.js'

describe.skipIf(whyNoBrowser !== undefined)('what is added and done on the page', () => {
  const open = useBrowser()

  test('F4 a .torrent is dropped and a magnet link entered, and both are fetched; one is checked again and limited', async ({
    world,
  }) => {
    const tracker = await world.tracker()
    const [one, two] = await Promise.all([startPeer(world, tracker, 'one'), startPeer(world, tracker, 'two')])
    const film = await world.content('film.bin', 300_000)
    const song = await world.content('song.bin', 200_000)
    for (const { path } of [film, song]) await api(one, 'shares', { path })
    await expect
      .poll(() => api<TransferDetails>(one, 'torrents/2'))
      .toMatchObject({ state: 'seeding', magnet: expect.stringMatching(/^magnet:/) })
    const { magnet = '' } = await api<TransferDetails>(one, 'torrents/2')
    const torrent = world.path('film.bin.torrent')
    const answer = await fetch(new URL('api/torrents/1/metainfo', one.url))
    await writeFile(torrent, new Uint8Array(await answer.arrayBuffer()))

    const page = await open(two.url)
    await sees(page, 'Nothing is shared or fetched yet.')
    await drop(page, torrent)
    await page.getByRole('row', { name: /film\.bin.*100 %.*Sharing/ }).waitFor()
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByLabel(/^Magnet link, number/).fill(magnet)
    await page.getByRole('button', { name: 'Get it' }).click()
    await page.getByRole('row', { name: /song\.bin.*100 %.*Sharing/ }).waitFor()
    for (const { name, data } of [film, song])
      expect(data.equals(await readFile(join(two.output, name)))).toBe(true)

    await page.getByRole('link', { name: 'film.bin', exact: true }).click()
    await page.locator('form.limits input').last().fill('50K')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await sees(page, 'The limits hold from now on.')
    expect(await api(two, 'torrents/1')).toMatchObject({ limits: { upload: 50 * 1024, download: null } })

    await writeFile(join(two.output, 'film.bin'), Buffer.alloc(film.data.length))
    await page.getByRole('button', { name: 'Check again' }).click()
    await page.getByRole('alert').filter({ hasText: 'film.bin' }).waitFor()
    await sees(page, 'Failed')
    expect(await api(two, 'torrents/1')).toMatchObject({
      state: 'failed',
      error: { code: 'VERIFICATION_FAILED' },
    })
    await page.close()
  })

  test('F4 a folder is saved as a zip that others can read', async ({ world }) => {
    const tracker = await world.tracker()
    const one = await startPeer(world, tracker, 'one')
    const folder = world.path('input', 'Photos')
    await mkdir(join(folder, 'deep'), { recursive: true })
    await writeFile(join(folder, 'deep', 'a.jpg'), Buffer.alloc(90_000, 1))
    await writeFile(join(folder, 'b.txt'), 'words')
    await api(one, 'shares', { path: folder })
    const page = await open(`${one.url}#/torrents/1`)
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Save all as zip' }).click(),
    ])
    expect(saved.suggestedFilename()).toBe('Photos.zip')
    const read = `import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(json.dumps({"bad": z.testzip(), "names": sorted(z.namelist())}))`
    const seen = execFileSync('python3', ['-c', read, await saved.path()], { encoding: 'utf8' })
    expect(JSON.parse(seen)).toEqual({ bad: null, names: ['Photos/b.txt', 'Photos/deep/a.jpg'] })
    await page.close()
  })

  test('a file that is dropped before the page knows its peer is taken all the same', async ({ world }) => {
    const tracker = await world.tracker()
    const one = await startPeer(world, tracker, 'one')
    const content = await world.content('early.bin', 10_000)
    const page = await open('about:blank')
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/api/status', async (route) => {
      await held
      await route.continue()
    })
    await page.goto(one.url)
    await page.locator('.starting').waitFor()
    await drop(page, content.path)
    release()
    await page.getByRole('row', { name: /early\.bin.*100 %.*Sharing/ }).waitFor()
    await page.close()
  })

  test('the API is described at /api/docs, where every route is shown', async ({ world }) => {
    const tracker = await world.tracker()
    const one = await startPeer(world, tracker, 'one')
    const page = await open(`${one.url}api/docs`)
    await page.locator('.opblock').first().waitFor()
    const { paths } = await api<{ paths: Record<string, Record<string, unknown>> }>(one, 'docs/json')
    const described = Object.values(paths).flatMap((methods) => Object.keys(methods))
    await expect.poll(() => page.locator('.opblock').count()).toBe(described.length)
    expect(described.length).toBeGreaterThan(30)
    await page.close()
  })
})
