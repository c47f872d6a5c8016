/** What an owner does on the page, in a real browser, against a real app. */
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasBrowser, openTab, type Tab } from './chromium.js'
import { type PageSite, pageSite } from './site.js'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')
const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) })
const focused = (page: Page) => page.evaluate("document.activeElement.getAttribute('data-focus')")

describe.skipIf(!hasBrowser)('the page', () => {
  let site: PageSite
  let tab: Tab
  let page: Page

  beforeEach(async () => {
    site = await pageSite()
    tab = await openTab(site.origin, { permissions: ['clipboard-read', 'clipboard-write'] })
    page = tab.page
  })

  afterEach(async () => {
    expect(tab.complaints).toEqual([])
    await tab.close()
  })

  const submit = (name: string) => dialog(page).getByRole('button', { name, exact: true }).click()

  async function create(name: string): Promise<string> {
    await page.goto(site.url)
    await page.locator('[data-focus=create]:visible').click()
    await dialog(page).getByLabel('Name').fill(name)
    await submit('Create key')
    const token = await dialog(page).getByRole('textbox', { name: 'Key' }).textContent()
    return token ?? ''
  }

  test('a first key: made with what the form proposes, copied, and good', async () => {
    await page.goto(site.url)
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor()
    const token = await create('laptop')
    await button(page, 'Copy key').click()
    await dialog(page).getByText('Key copied.').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(token)
    await submit('Copy command')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      `curl -H "Authorization: Bearer ${token}" ${site.origin}/`
    )
    expect(await site.ask(token)).toBe(200)
    expect(await site.ask(token, '/reports')).toBe(403)

    const [made] = (await site.keys.list({ ownerId: site.ownerId })).items
    expect(made).toMatchObject({ name: 'laptop', scopes: [] })
    expect(Math.round(((made?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000)).toBe(90)
  })

  test('a key ends with the day that is chosen, in the time of whoever chooses, or never', async () => {
    await page.goto(site.url)
    await button(page, 'Create your first key').click()
    await dialog(page).getByLabel('Name').fill('for a while')
    await dialog(page).getByLabel('Custom date').check()
    await submit('Create key')
    await dialog(page).getByText('Choose a day from today on.').waitFor()
    await dialog(page).getByLabel('Date', { exact: true }).fill('2099-07-01')
    await submit('Create key')
    await submit('I have saved it')
    await button(page, 'Create key').click()
    await dialog(page).getByLabel('Name').fill('for good')
    await dialog(page).getByLabel('Never').check()
    await dialog(page).getByText('until somebody revokes it').waitFor()
    await submit('Create key')
    await submit('I have saved it')
    const ends = (await site.keys.list()).items.map(({ name, expiresAt }) => [name, expiresAt?.toISOString()])
    expect(ends).toEqual([
      ['for good', undefined],
      ['for a while', '2099-07-01T21:59:59.000Z']
    ])
  })

  test('a key is shown once: no Escape and no press beside it closes the dialog, and then it is gone', async () => {
    const token = await create('laptop')
    for (let i = 0; i < 3; i++) await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    await dialog(page).getByText('Have you saved the key?').waitFor()
    await submit('I have saved it')
    await row(page, 'laptop').waitFor()
    expect(await dialog(page).count()).toBe(0)
    expect(await page.content()).not.toContain(token)
    await page.reload()
    await row(page, 'laptop').waitFor()
    expect(await page.content()).not.toContain(token)
  })

  test('without a clipboard the key is selected', async () => {
    await page.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    const token = await create('laptop')
    await button(page, 'Copy key').click()
    await dialog(page).getByText('Key selected').waitFor()
    expect(await page.evaluate('getSelection().toString()')).toBe(token)
  })

  test('uses are counted', async () => {
    const token = await create('laptop')
    await submit('I have saved it')
    for (let i = 0; i < 3; i++) await site.ask(token)
    await page.reload()
    await expect.poll(() => row(page, 'laptop').locator('.number').textContent()).toBe('3')
    expect(await row(page, 'laptop').locator('.cell-last-used').textContent()).toContain('127.0.0.1')
    await button(page, 'laptop').click()
    await dialog(page).getByText('3 requests allowed and 0 denied in the last 30 days.').waitFor()
    await dialog(page).getByRole('button', { name: '24 hours' }).click()
    await dialog(page).getByText('3 requests allowed and 0 denied in the last 24 hours.').waitFor()
    await dialog(page).getByText('Show the numbers').click()
    expect(await dialog(page).locator('.numbers tbody tr').count()).toBeGreaterThan(0)
    await dialog(page).getByText('by Ada from 127.0.0.1').waitFor()
  })

  test('rotated: the old key works in its grace, the new one too', async () => {
    const { token: old } = await site.issue({ name: 'laptop', expiresIn: '90d' })
    await page.goto(site.url)
    await button(page, 'Rotate laptop').click()
    await submit('Rotate key')
    const token = (await dialog(page).getByRole('textbox', { name: 'Key' }).textContent()) ?? ''
    expect([await site.ask(old), await site.ask(token)]).toEqual([200, 200])
    await submit('I have saved it')
    await page.getByText('Rotating').waitFor()
    expect(await page.getByRole('row').count()).toBe(3)
  })

  test('rotated without grace: the old key is refused', async () => {
    const { token: old } = await site.issue({ name: 'laptop' })
    await page.goto(site.url)
    await button(page, 'Rotate laptop').click()
    await dialog(page).getByRole('radio', { name: 'Now' }).check()
    await submit('Rotate key')
    await dialog(page).getByText('The old key no longer works.').waitFor()
    expect(await site.ask(old)).toBe(401)
    await submit('I have saved it')
  })

  test('revoked by its typed name, refused, and deleted', async () => {
    const { token } = await site.issue({ name: 'laptop' })
    await page.goto(site.url)
    await button(page, 'Revoke laptop').click()
    await dialog(page).getByLabel('Type laptop to confirm').fill('another')
    await submit('Revoke key')
    await dialog(page).getByText('This is not the name of the key.').waitFor()
    expect(await site.ask(token)).toBe(200)
    await dialog(page).getByLabel('Type laptop to confirm').fill('laptop')
    await dialog(page).getByLabel('Reason').fill('lost')
    await submit('Revoke key')
    await page.getByText('The key laptop is revoked.').waitFor()
    await row(page, 'laptop').getByText('Revoked').waitFor()
    expect(await site.ask(token)).toBe(401)
    expect((await site.keys.list()).items[0]?.revokedReason).toBe('lost')

    await button(page, 'Delete laptop').click()
    await submit('Delete key')
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor()
    expect((await site.keys.list()).items).toEqual([])
  })

  test('renamed, and given other scopes', async () => {
    const { token } = await site.issue({ name: 'laptop', scopes: ['members:read'] })
    await page.goto(site.url)
    await button(page, 'Edit laptop').click()
    await dialog(page).getByLabel('Name').fill('CI')
    await dialog(page)
      .getByRole('checkbox', { name: /^reports:read/ })
      .check()
    await dialog(page)
      .getByRole('checkbox', { name: /^members:read/ })
      .uncheck()
    await submit('Save')
    await row(page, 'CI').waitFor()
    expect(await site.ask(token, '/reports')).toBe(200)
    expect((await site.keys.list()).items[0]).toMatchObject({ name: 'CI', scopes: ['reports:read'] })
    expect(await focused(page)).toContain('Edit')
  })

  test('what the API finds wrong stands at its field', async () => {
    await site.issue()
    await page.goto(site.url)
    await button(page, 'Create key').click()
    const name = dialog(page).getByLabel('Name')
    await name.fill('n'.repeat(150))
    await submit('Create key')
    await dialog(page).getByText('at most 100 characters').or(dialog(page).getByText('1 to 100 characters')).waitFor()
    expect(await name.getAttribute('aria-invalid')).toBe('true')
    expect(await name.getAttribute('aria-describedby')).toContain(
      (await dialog(page).locator('.field-error:visible').getAttribute('id')) ?? 'none'
    )
    expect(await page.evaluate('document.activeElement.name')).toBe('name')
    await name.fill('laptop')
    site.failures.push(503)
    await submit('Create key')
    await dialog(page).getByRole('alert').getByText('The database is away.').waitFor()
  })

  test('a name of HTML is a name', async () => {
    const name = '<img src=x onerror=alert(1)>'
    await site.issue({ name })
    await page.goto(site.url)
    await button(page, name).click()
    await dialog(page).getByRole('heading', { name }).waitFor()
    await button(page, 'Close').click()
    await button(page, `Revoke ${name}`).click()
    await dialog(page).getByLabel(`Type ${name} to confirm`).fill(name)
    await submit('Revoke key')
    await row(page, name).getByText('Revoked').waitFor()
    expect(await page.locator('img').count()).toBe(0)
  })
})
