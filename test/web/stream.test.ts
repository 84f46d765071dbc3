import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { writeFile } from 'node:fs/promises'
import type { TransferDetails } from '../../src/api/contract.js'
import { test } from '../e2e/tools/world.js'
import { useBrowser, whyNoBrowser } from './browser.js'
import { api, startPeer } from './peers.js'
import { waveFile } from './wave.js'

const SECONDS = 120

/** Waits until it has played beyond a moment, in seconds. The page's policy lets nobody evaluate texts in it later. */
const playsFrom = (page: Page, moment: number): Promise<void> =>
  expect
    .poll(() => page.evaluate<number>(`document.querySelector('video')?.currentTime ?? 0`), {
      timeout: 20_000,
    })
    .toBeGreaterThan(moment)

describe.skipIf(whyNoBrowser !== undefined)('a file in the page', () => {
  const open = useBrowser()

  test('F4 plays while it arrives, from where the user jumps to', async ({ world }) => {
    const tracker = await world.tracker()
    const [one, two] = await Promise.all([
      startPeer(world, tracker, 'one', '--upload-limit', '1M'),
      startPeer(world, tracker, 'two'),
    ])
    const path = world.path('song.wav')
    await writeFile(path, waveFile(SECONDS))
    await api(one, 'shares', { path })
    const page = await open(`${two.url}#/catalog`)
    await page.getByRole('button', { name: 'Get: song.wav' }).click()
    await page.getByRole('row', { name: /Downloading/ }).waitFor()
    await page.getByRole('link', { name: 'song.wav' }).click()
    await page.getByRole('link', { name: 'Files' }).click()
    await page.getByRole('button', { name: 'Play: song.wav' }).click()
    await playsFrom(page, 0.3)
    await page.evaluate(`document.querySelector('video').currentTime = ${SECONDS - 10}`)
    await playsFrom(page, SECONDS - 9.5)
    const { done, size } = await api<TransferDetails>(two, 'torrents/1')
    expect(done).toBeLessThan(size * 0.8)
    await page.close()
  })
})
