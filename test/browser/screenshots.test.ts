/** Pictures for people to look at; what they show has to lie within the page. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, openTab } from './chromium.js'
import { crowdedSite, seededSite } from './seeds.js'
import { type PageSite, pageSite } from './site.js'
import { views } from './views.js'

const schemes = ['light', 'dark'] as const
const widths = [1280, 1100, 390, 360]
const settings = schemes.flatMap((colorScheme) => widths.map((width) => ({ colorScheme, width })))

describe.skipIf(!hasBrowser)('pictures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keystile-page-'))
  const sites: Record<string, PageSite> = {}

  beforeAll(async () => {
    console.info(`Pictures of the page: ${folder}`)
    sites['seeded'] = await seededSite()
    sites['crowded'] = await crowdedSite()
    sites['empty'] = await pageSite()
    sites['signed-out'] = Object.assign(await pageSite(), { actor: null })
    sites['failed'] = await pageSite()
  })

  /** Every view in one tab, one after the other, in this light and this wide. */
  async function take(setting: (typeof settings)[number], site: string, name: string, open: (page: Page) => unknown) {
    const { colorScheme, width } = setting
    const { origin = '', url = '', failures } = sites[site] ?? {}
    if (site === 'failed') failures?.push(503)
    const { page, complaints, close } = await openTab(origin, { colorScheme, viewport: { width, height: 900 } })
    await page.goto(url)
    await page.locator('tbody tr, .state').first().waitFor()
    await open(page)
    await page.waitForTimeout(150)
    await page.screenshot({
      path: join(folder, `${name}-${colorScheme}-${width}.png`),
      fullPage: name.endsWith('list')
    })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    const isWithin =
      "(document.querySelector('.table')?.offsetWidth ?? 0) <= document.querySelector('.keys').offsetWidth"
    expect(await page.evaluate(isWithin)).toBe(true)
    expect(complaints).toEqual([])
    await close()
  }

  describe.each(settings)('$colorScheme, $width px wide', (setting) => {
    test.each(views)('%s', (name, open) => take(setting, 'seeded', name, open))

    test.each(['empty', 'signed-out', 'failed'])('%s', (name) => take(setting, name, name, () => {}))

    test.each(views.slice(0, 2))('crowded: %s', (name, open) => take(setting, 'crowded', `crowded-${name}`, open))

    test('crowded: details', () =>
      take(setting, 'crowded', 'crowded-details', (page) => page.locator('tbody .link').first().click()))
  })
})
