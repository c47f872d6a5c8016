/** Pictures for people to look at; what they show has to lie within the page. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, openTab } from './chromium.js'
import { seededSite } from './seeds.js'
import type { PageSite } from './site.js'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

/** What each picture shows, from the list on. */
const views: readonly [name: string, open: (page: Page) => Promise<unknown>][] = [
  ['list', async () => {}],
  ['create', (page) => button(page, 'Create key').click()],
  [
    'create-errors',
    async (page) => {
      await button(page, 'Create key').click()
      await page.getByLabel('Never').check()
      await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click()
    }
  ],
  ['rotate', (page) => button(page, 'Rotate CI').click()],
  ['revoke', (page) => button(page, 'Revoke CI').click()],
  ['edit', (page) => button(page, 'Edit CI').click()],
  ['delete', (page) => button(page, 'Delete Old laptop').click()],
  [
    'details',
    async (page) => {
      await button(page, 'CI').and(page.locator('.link')).click()
      await page.locator('.chart canvas').waitFor()
    }
  ],
  [
    'token',
    async (page) => {
      await button(page, 'Rotate Notebook').click()
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate key' }).click()
      await page.getByRole('button', { name: 'Copy key' }).click()
    }
  ]
]

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
