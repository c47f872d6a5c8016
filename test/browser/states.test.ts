/** The page where there are no keys to show, many, or those of others; and all of it by keyboard. */
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hasBrowser, openTab, type Tab } from './chromium.js'
import { type PageSite, pageSite } from './site.js'

describe.skipIf(!hasBrowser)('the page', () => {
  let site: PageSite
  let tab: Tab
  let page: Page

  beforeEach(async () => {
    site = await pageSite()
    tab = await openTab(site.origin)
    page = tab.page
  })

  afterEach(async () => {
    expect(tab.complaints).toEqual([])
    await tab.close()
  })

  test('says who is signed out, and leads to the sign-in', async () => {
    site.actor = null
    await page.goto(site.url)
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    expect(await page.getByRole('button', { name: 'Create key' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Sign in' }).click()
    expect(page.url()).toBe(`${site.origin}/sign-in`)
  })

  test('says so too where the session ends in a dialog', async () => {
    await site.issue()
    await page.goto(site.url)
    await page.getByRole('button', { name: 'Revoke laptop' }).click()
    site.actor = null
    await page.getByLabel('Type laptop to confirm').fill('laptop')
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  test('takes an app that leads elsewhere for one that asks to sign in', async () => {
    site.failures.push(302)
    await page.goto(site.url)
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  })

  test('says that it is loading', async () => {
    const held = new AbortController()
    await page.route('**/keys/?*', async (route) => {
      await new Promise((resolve) => held.signal.addEventListener('abort', resolve))
      await route.continue()
    })
    await page.goto(site.url)
    await page.getByText('Loading keys').waitFor({ state: 'attached' })
    expect(await page.locator('.keys').getAttribute('aria-busy')).toBe('true')
    held.abort()
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor()
    expect(await page.locator('.keys').getAttribute('aria-busy')).toBe('false')
  })

  test('tries again where the keys could not be loaded', async () => {
    await site.issue()
    site.failures.push(503)
    await page.goto(site.url)
    await page.getByRole('alert').getByText('The database is away.').waitFor()
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.getByRole('button', { name: 'laptop', exact: true }).waitFor()
  })

  test('sends a form once, however often it is pressed', async () => {
    await site.issue()
    await page.goto(site.url)
    await page.getByRole('button', { name: 'Create key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('twice')
    await page.evaluate('for (let i = 0; i < 3; i++) document.forms[0].requestSubmit()')
    await dialog.getByRole('heading', { name: 'Your new key' }).waitFor()
    expect((await site.keys.list()).items).toHaveLength(2)
  })

  test('shows more keys on demand', async () => {
    for (let i = 0; i < 103; i++) await site.issue({ name: `key ${i}` })
    await page.goto(site.url)
    await page.getByRole('button', { name: 'Load more' }).click()
    await expect.poll(() => page.locator('tbody tr').count()).toBe(103)
    expect(await page.getByRole('button', { name: 'Load more' }).count()).toBe(0)
    expect(await page.evaluate('document.activeElement.textContent')).toBe('key 2')
  })

  test('shows whose keys they are where they are of several owners', async () => {
    const { owner } = await site.keys.ensureOwner({ email: 'grace@example.com' })
    await site.issue()
    await page.goto(site.url)
    await page.locator('tbody tr').waitFor()
    expect(await page.getByRole('columnheader', { name: 'Owner' }).count()).toBe(0)
    await site.keys.create({ ownerId: owner.id, name: 'hers' })
    site.actor = { ownerId: String(site.ownerId), scopes: ['*'], allOwners: true }
    await page.reload()
    await page.getByRole('columnheader', { name: 'Owner' }).waitFor()
    expect(await page.locator('.cell-owner').allTextContents()).toEqual([String(owner.id), String(site.ownerId)])
  })

  test('is served without a slash at its end, and is no key', async () => {
    const answer = await fetch(site.url.slice(0, -1))
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await answer.text()).toContain('src="/keys/ui/page.js"')
    await page.goto(site.url.slice(0, -1))
    await page.getByRole('heading', { name: 'No keys yet' }).waitFor()
  })

  test('is used by keyboard alone', async () => {
    await site.issue()
    await page.goto(site.url)
    await page.locator('tbody tr').waitFor()
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const focused = () => page.evaluate('document.activeElement.textContent')
    await press('Tab', 'Enter')
    await page.getByRole('dialog', { name: 'Create key' }).waitFor()
    await page.keyboard.type('typed')
    await press('Tab', 'ArrowRight', 'Tab', 'Space', 'Enter')
    await page.getByRole('dialog', { name: 'Your new key' }).waitFor()
    expect(await focused()).toBe('Copy')
    await press('Tab', 'Tab', 'Tab', 'Enter')
    await expect.poll(focused).toBe('Create key')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(2)
    expect((await site.keys.list()).items[0]).toMatchObject({ name: 'typed', scopes: ['reports:read'] })
    // A name leads to its details and Escape back to it.
    await press('Tab')
    await press('Enter')
    await page.getByRole('dialog', { name: 'typed' }).waitFor()
    await press('Escape')
    await expect.poll(focused).toBe('typed')
  })
})
