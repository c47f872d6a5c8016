/** Pictures for people to look at; what they show has to lie within the page. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, openTab } from './chromium.js'
import { seededSite } from './seeds.js'
import type { PageSite } from './site.js'
import { views } from './views.js'

describe.skipIf(!hasBrowser)('pictures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keystile-page-'))

  for (const colorScheme of ['light', 'dark'] as const)
    describe.each([1280, 390, 360])(`${colorScheme}, %d px wide`, (width) => {
      let site: PageSite
      beforeAll(async () => {
        site = await seededSite()
      })

      test.each(views)('%s', async (name, open) => {
        const { page, complaints, close } = await openTab(site.origin, {
          colorScheme,
          viewport: { width, height: 900 }
        })
        await page.goto(site.url)
        await page.locator('tbody tr').first().waitFor()
        await open(page)
        await page.waitForTimeout(200)
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: name === 'list' })
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
        expect(complaints).toEqual([])
        await close()
      })
    })

  test('are where they can be found', () => {
    console.info(`Pictures of the page: ${folder}`)
    expect(folder).not.toBe('')
  })
})
