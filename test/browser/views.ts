import type { Page } from 'playwright-core'

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

/** How each view is reached from the list of the seeded keys. */
export const views: readonly [name: string, open: (page: Page) => Promise<unknown>][] = [
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
