import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../e2e/tools/world.js'
import { drop, sees, useBrowser, whyNoBrowser } from './browser.js'
import { api, startPeer } from './peers.js'

describe.skipIf(whyNoBrowser !== undefined)('the page of a peer', () => {
  const open = useBrowser()

  test('F4 a file dropped on one page is fetched from another, whose page shows 100 %', async ({ world }) => {
    const tracker = await world.tracker()
    const [one, two] = await Promise.all([startPeer(world, tracker, 'one'), startPeer(world, tracker, 'two')])
    const content = await world.content('film.bin', 3_000_000)
    const first = await open(one.url)
    await sees(first, 'Nothing is shared or fetched yet.')
    await drop(first, content.path)
    await sees(first, 'film.bin is being shared.')
    await first.getByRole('row', { name: /film\.bin.*100 %.*Sharing/ }).waitFor()

    const second = await open(`${two.url}#/catalog`)
    await second.getByRole('button', { name: 'Get: film.bin' }).click()
    await second.getByRole('link', { name: /^Transfers/ }).click()
    await second.getByRole('row', { name: /film\.bin.*100 %.*Sharing/ }).waitFor()
    expect(content.data.equals(await readFile(join(two.output, 'film.bin')))).toBe(true)

    await second.getByRole('link', { name: 'film.bin' }).click()
    await second.getByRole('link', { name: 'Pieces' }).click()
    await second.getByRole('img', { name: /^(\d+) of \1 pieces are here/ }).waitFor()
    await second.getByRole('link', { name: 'Files' }).click()
    const [saved] = await Promise.all([
      second.waitForEvent('download'),
      second.getByRole('link', { name: 'Save: film.bin' }).click(),
    ])
    expect(content.data.equals(await readFile(await saved.path()))).toBe(true)
    await Promise.all([first.close(), second.close()])
  })

  test('F4 a folder is dropped, its files are chosen, and it is paused, taken up and removed', async ({
    world,
  }) => {
    const tracker = await world.tracker()
    const [one, two] = await Promise.all([
      startPeer(world, tracker, 'one', '--upload-limit', '150K'),
      startPeer(world, tracker, 'two'),
    ])
    const folder = world.path('input', 'Photos')
    await mkdir(join(folder, 'deep'), { recursive: true })
    await writeFile(join(folder, 'deep', 'a.jpg'), Buffer.alloc(900_000, 1))
    await writeFile(join(folder, 'b.txt'), Buffer.alloc(900_000, 2))
    const first = await open(one.url)
    await sees(first, 'Nothing is shared or fetched yet.')
    await drop(first, folder)
    await first.getByRole('row', { name: /Photos.*100 %.*Sharing/ }).waitFor()
    await first.close()

    const page = await open(two.url)
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByLabel(/^Magnet link, number/).fill('rubbish')
    await sees(page, /^This is no magnet link/)
    expect(await page.getByRole('button', { name: 'Get it' }).isDisabled()).toBe(true)
    await page.getByLabel(/^Magnet link, number/).fill('1')
    await page.getByRole('button', { name: 'Get it' }).click()
    await page.getByRole('link', { name: 'Photos' }).click()
    await page.getByRole('link', { name: 'Files' }).click()
    await page.getByLabel('How much b.txt is wanted').selectOption('skip')
    await page.getByRole('button', { name: 'Pause' }).click()
    await sees(page, 'Paused')
    await page.getByRole('link', { name: 'Overview' }).click()
    await sees(page, /It is paused/)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('100 %').first().waitFor()
    expect(Buffer.alloc(900_000, 1).equals(await readFile(join(two.output, 'Photos', 'deep', 'a.jpg')))).toBe(
      true,
    )

    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await sees(page, 'Nothing is shared or fetched yet.')
    expect(await api(two, 'torrents')).toMatchObject({ total: 0 })
    await page.close()
  })

  test('names of peers are shown as text, with what would deceive spelled out', async ({ world }) => {
    const tracker = await world.tracker()
    const one = await startPeer(world, tracker, 'one')
    const name = '<img src=x onerror=alert(1)>\u200Egpj.exe'
    const content = await world.content(name, 1000)
    await api(one, 'shares', { path: content.path })
    const page = await open(one.url)
    const row = page.getByRole('row', { name: /onerror/ })
    await row.waitFor()
    expect(await row.locator('img').count()).toBe(0)
    expect(await row.locator('.mark').textContent()).toBe('U+200E')
    await page.close()
  })

  test('a page says that its peer is gone, and goes on when it is back', async ({ world }) => {
    const tracker = await world.tracker()
    const one = await startPeer(world, tracker, 'one')
    const page = await open(one.url)
    await sees(page, 'Nothing is shared or fetched yet.')
    await one.program.crash()
    await sees(page, 'This page has lost its peer.')
    const content = await world.content('later.bin', 1000)
    const again = await startPeer(world, tracker, 'one', '--http', new URL(one.url).host)
    await page.getByText('This page has lost its peer.').waitFor({ state: 'detached' })
    await api(again, 'shares', { path: content.path })
    await page.getByRole('link', { name: 'later.bin' }).waitFor()
    await page.close()
  })
})
