import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished } from 'vitest'
import { test } from '../e2e/tools/world.js'
import { FOREIGN_NAME, OWN_NAME, sees, useBrowser, whyNoBrowser } from './browser.js'
import { api, startPeer } from './peers.js'

describe.skipIf(whyNoBrowser !== undefined)('who may use the page', () => {
  const open = useBrowser()

  test('from elsewhere it wants the password that was printed', async ({ world }) => {
    const tracker = await world.tracker()
    const one = await startPeer(world, tracker, 'one', '--http', '0.0.0.0:0', '--http-name', OWN_NAME)
    const page = await open(one.url.replace('127.0.0.1', OWN_NAME))
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('link', { name: 'Catalog' }).count()).toBe(0)
    await page.getByLabel('Password').fill(one.password ?? '')
    await page.getByRole('button', { name: 'Log in' }).click()
    await sees(page, 'Nothing is shared or fetched yet.')
    await page.reload()
    await sees(page, 'Nothing is shared or fetched yet.')
    await page.close()
  })

  test('a page of another site changes nothing', async ({ world }) => {
    const tracker = await world.tracker()
    const one = await startPeer(world, tracker, 'one')
    const content = await world.content('film.bin', 1000)
    await api(one, 'shares', { path: content.path })
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<title>evil</title>')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const page = await open(`http://${FOREIGN_NAME}:${(server.address() as AddressInfo).port}/`)
    const asked = page.waitForEvent('requestfailed')
    await page.evaluate(
      `fetch('${one.url}api/torrents/1/stop', { method: 'POST', mode: 'no-cors' }).catch(() => 0)`,
    )
    // It was sent and answered, and not even the answer is given to the page.
    expect((await asked).failure()?.errorText).toContain('BLOCKED_BY_RESPONSE')
    expect(await api(one, 'torrents')).toMatchObject({ torrents: [{ name: 'film.bin', state: 'seeding' }] })
    await page.close()
  })
})
