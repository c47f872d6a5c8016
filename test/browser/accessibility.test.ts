/** Each view through axe, in light and in dark. */
import { beforeAll, describe, expect, test } from 'vitest'
import { violationsOn } from './axe.js'
import { hasBrowser, openTab } from './chromium.js'
import { seededSite } from './seeds.js'
import { type PageSite, pageSite } from './site.js'
import { views } from './views.js'

test.skipIf(!hasBrowser)('axe finds what is wrong, behind this policy too', async () => {
  const site = await pageSite()
  const { page, close } = await openTab(site.origin)
  await page.goto(site.url)
  await page.getByRole('heading', { name: 'No keys yet' }).waitFor()
  await page.evaluate("document.querySelector('.lead').style.color = '#ddd'; document.querySelector('h2').tabIndex = 5")
  const found = (await violationsOn(page)).join('\n')
  expect(found).toContain('serious color-contrast')
  expect(found).toContain('serious tabindex')
  await close()
})

describe.skipIf(!hasBrowser)('axe finds nothing', () => {
  describe.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390]
  ] as const)('%s, %d px wide', (colorScheme, width) => {
    let site: PageSite
    beforeAll(async () => {
      site = await seededSite()
    })

    test.each(views)('%s', async (_, open) => {
      const { page, close } = await openTab(site.origin, { colorScheme, viewport: { width, height: 900 } })
      await page.goto(site.url)
      await page.locator('tbody tr').first().waitFor()
      await open(page)
      expect(await violationsOn(page)).toEqual([])
      await close()
    })

    test.each([
      ['No keys yet', {}],
      ['You are signed out', { actor: null }],
      ['The keys could not be loaded', { failures: [503] }]
    ] as const)('%s', async (heading, state) => {
      const empty = Object.assign(await pageSite(), state)
      const { page, close } = await openTab(empty.origin, { colorScheme, viewport: { width, height: 900 } })
      await page.goto(empty.url)
      await page.getByRole('heading', { name: heading }).waitFor()
      expect(await violationsOn(page)).toEqual([])
      await close()
    })
  })
})
