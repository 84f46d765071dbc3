import { AxeBuilder } from '@axe-core/playwright'
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'

const PLACES = [
  process.env.SHOAL_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

const executablePath = PLACES.find((path) => path !== undefined && existsSync(path))

/** Why tests in a browser cannot run here, or undefined. */
export const whyNoBrowser = executablePath === undefined ? 'there is no chromium' : undefined

if (whyNoBrowser !== undefined) console.warn(`Skipped: the web page in a browser, because ${whyNoBrowser}.`)

/** Names that are this machine, for what depends on what a page is called. */
export const OWN_NAME = 'shoal.test'
export const FOREIGN_NAME = 'evil.test'

/** Root may not use chromium's sandbox. */
export const launch = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: [
      '--no-sandbox',
      '--autoplay-policy=no-user-gesture-required',
      `--host-resolver-rules=MAP ${OWN_NAME} 127.0.0.1, MAP ${FOREIGN_NAME} 127.0.0.1`,
    ],
  })

/** Milliseconds that anything on a page may take: the machine may be busy. */
const PATIENCE = 20_000

/** A browser for the tests of a file, which ask it for pages. What a page complains of fails the test. */
export const useBrowser = (): ((url: string, options?: BrowserContextOptions) => Promise<Page>) => {
  let browser: Browser | undefined
  beforeAll(async () => {
    if (whyNoBrowser === undefined) browser = await launch()
  })
  afterAll(() => browser?.close())
  return async (url, options) => {
    if (browser === undefined) throw new Error('the browser does not run')
    const context = await browser.newContext(options)
    const page = await context.newPage()
    page.once('close', () => void context.close().catch(() => undefined))
    page.setDefaultTimeout(PATIENCE)
    page.on('pageerror', (error) => {
      throw error
    })
    await page.goto(url)
    return page
  }
}

/** What axe finds on a page as it is now. */
export const faultsOf = async (page: Page): Promise<readonly string[]> => {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

/** Waits until a text is on the page. */
export const sees = async (page: Page, text: string | RegExp): Promise<void> => {
  await page.getByText(text).first().waitFor()
  expect(await page.getByText(text).first().isVisible()).toBe(true)
}

/** Drops files or folders of this machine on the page, as a user's mouse does. */
export const drop = async (page: Page, ...files: string[]): Promise<void> => {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 700, y: 400, data })
  await session.detach()
}
