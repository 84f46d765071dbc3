import { describe, expect } from 'vitest'
import { test } from '../e2e/tools/world.js'
import { faultsOf, OWN_NAME, sees, useBrowser, whyNoBrowser } from './browser.js'
import { api, startPeer } from './peers.js'

const PAGES: readonly (readonly [string, string | RegExp])[] = [
  ['#/transfers', 'film.bin'],
  ['#/catalog', 'film.bin'],
  ['#/torrents/1', 'Facts'],
  ['#/torrents/1/files', '1 file'],
  ['#/torrents/1/pieces', 'Here and verified'],
  ['#/torrents/1/peers', /peer/],
  ['#/torrents/1/trackers', 'Works'],
  ['#/settings', 'seed-limit'],
]

describe.skipIf(whyNoBrowser !== undefined)('axe', () => {
  const open = useBrowser()

  test.for(['light', 'dark'] as const)(
    'F4 finds nothing on any page in %s',
    async (colorScheme, { world }) => {
      const { at: tracker } = await world.trackerProgram('--state', world.path('tracker'))
      const one = await startPeer(world, tracker, 'one', '--http', '0.0.0.0:0', '--http-name', OWN_NAME)
      await api(one, 'shares', { path: (await world.content('film.bin', 100_000)).path })
      const faults: string[] = []
      const page = await open(one.url, { colorScheme })
      for (const [path, seen] of PAGES) {
        await page.goto(`${one.url}${path}`)
        await sees(page, seen)
        faults.push(...(await faultsOf(page)).map((fault) => `${path} ${fault}`))
      }
      await page.getByRole('button', { name: 'Add' }).click()
      faults.push(...(await faultsOf(page)).map((fault) => `add ${fault}`))
      await page.setViewportSize({ width: 390, height: 800 })
      await page.goto(`${one.url}#/transfers`)
      await page.reload()
      await sees(page, 'film.bin')
      faults.push(...(await faultsOf(page)).map((fault) => `phone ${fault}`))
      await page.goto(`http://${tracker}/`)
      await sees(page, 'film.bin')
      faults.push(...(await faultsOf(page)).map((fault) => `tracker ${fault}`))
      await page.goto(one.url.replace('127.0.0.1', OWN_NAME))
      await page.getByLabel('Password').waitFor()
      faults.push(...(await faultsOf(page)).map((fault) => `login ${fault}`))
      expect(faults).toEqual([])
      await page.close()
    },
  )
})
