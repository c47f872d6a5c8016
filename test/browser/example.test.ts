/** The example app as a product: what somebody does who signs up and makes a key, in a real browser. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freshFolder, requireBuild } from '../helpers/built-package.js'
import { printedBy, startExample } from '../helpers/example-app.js'
import { type Running, run } from '../helpers/programs.js'
import { until } from '../helpers/until.js'
import { violationsOn } from './axe.js'
import { hasBrowser, openTab, type Tab } from './chromium.js'

requireBuild()

const dialog = (page: Page) => page.getByRole('dialog')
const submit = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true }).click()
const requestsOf = (page: Page) => page.getByRole('row').nth(1).locator('.number').textContent()

describe.skipIf(!hasBrowser)('the example app', { timeout: 120_000 }, () => {
  let app: Running
  let url: string
  let demo: { email: string; password: string }
  let tab: Tab | undefined

  beforeAll(async () => {
    app = startExample({ cwd: freshFolder() })
    url = (await printedBy(app)).url
    const [, email = '', password = ''] = /^ {2}(demo@\S+)\n {2}(\S+)$/m.exec(app.stdout()) ?? []
    demo = { email, password }
  })
  afterAll(async () => {
    expect((await app.stop()).exitCode).toBe(0)
  })
  afterEach(async () => {
    const complaints = tab?.complaints
    await tab?.close()
    expect(complaints ?? []).toEqual([])
  })

  /** The curl line of the page, asking for the reports instead of the start page. */
  async function statusOf(command: string): Promise<number> {
    const line = command.replace(/^curl /, 'curl -s -o /dev/null -w "%{http_code}" ').replace(/\/$/, '/api/reports')
    const { exitCode, stdout } = await run('bash', ['-c', line], { cwd: tmpdir() })
    if (exitCode !== 127) return Number(stdout)
    const authorization = /Authorization: ([^"]+)/.exec(command)?.[1] ?? ''
    return (await fetch(`${url}/api/reports`, { headers: { authorization } })).status
  }

  async function signUp(page: Page, email: string): Promise<void> {
    await page.goto(`${url}/sign-up`)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText(email).waitFor()
  }

  test('sign up, make a key, use it, watch the count grow, rotate, revoke, see the refusal', async () => {
    tab = await openTab(url)
    const { page } = tab
    await signUp(page, 'ada@example.com')
    await page.getByRole('link', { name: 'Your API keys' }).click()

    await page.getByRole('button', { name: 'Create your first key' }).click()
    await dialog(page).getByLabel('Name').fill('laptop')
    await dialog(page).getByLabel('reports:read').check()
    await submit(page, 'Create key')
    const curl = (await dialog(page).getByRole('textbox', { name: 'Command' }).textContent()) ?? ''
    await submit(page, 'I have saved it')
    expect(await requestsOf(page)).toBe('0')

    expect([await statusOf(curl), await statusOf(curl), await statusOf(curl)]).toEqual([200, 200, 200])
    await until(async () => {
      await page.reload()
      await page.getByRole('row').nth(1).waitFor()
      return (await requestsOf(page)) === '3'
    })

    await page.getByRole('button', { name: 'Rotate laptop' }).click()
    await submit(page, 'Rotate key')
    const rotated = (await dialog(page).getByRole('textbox', { name: 'Command' }).textContent()) ?? ''
    await submit(page, 'I have saved it')
    expect([await statusOf(curl), await statusOf(rotated)]).toEqual([200, 200])

    await page.getByRole('button', { name: 'Revoke laptop' }).first().click()
    await dialog(page).getByRole('textbox').first().fill('laptop')
    await submit(page, 'Revoke key')
    await page.getByText('Revoked').first().waitFor()
    expect([await statusOf(curl), await statusOf(rotated)]).toEqual([401, 401])
  })

  test('by keyboard alone: sign in, make a key, sign out', async () => {
    tab = await openTab(url)
    const { page } = tab
    const { keyboard } = page
    await page.goto(`${url}/sign-in`)
    const tabTo = async (name: string | RegExp) => {
      const target = page
        .locator(':focus')
        .and(page.getByRole('button', { name }).or(page.getByLabel(name)).or(page.getByRole('link', { name })))
      for (let i = 0; i < 60; i++) {
        await keyboard.press('Tab')
        if ((await target.count()) > 0) return
      }
      throw new Error(`Tab does not lead to ${name}`)
    }
    await tabTo('Email')
    await keyboard.type(demo.email)
    await tabTo('Password')
    await keyboard.type(demo.password)
    await keyboard.press('Enter')
    await page.getByText(demo.email).waitFor()
    await tabTo('Your API keys')
    await keyboard.press('Enter')
    await page.getByRole('row').nth(3).waitFor()

    await tabTo('Create key')
    await keyboard.press('Enter')
    await dialog(page).getByLabel('Name').and(page.locator(':focus')).waitFor()
    await keyboard.type('made by keyboard')
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Your new key' }).waitFor()
    await tabTo('I have saved it')
    await keyboard.press('Enter')
    await page.getByRole('button', { name: 'made by keyboard', exact: true }).waitFor()

    await page.goto(url)
    await tabTo('Sign out')
    await keyboard.press('Enter')
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
    await page.goto(`${url}/keys/ui/`)
    await page.getByRole('link', { name: /sign in/i }).click()
    expect(page.url()).toBe(`${url}/sign-in`)
  })

  const folder = mkdtempSync(join(tmpdir(), 'keystile-example-'))
  if (hasBrowser) console.log(`Pictures of the example app: ${folder}`)

  test.each(
    (['light', 'dark'] as const).flatMap((colorScheme) => [1280, 390].map((width) => ({ colorScheme, width })))
  )('its pages in $colorScheme at $width: nothing wrong for axe, nothing wider than the screen', async (look) => {
    const { colorScheme, width } = look
    tab = await openTab(url, { colorScheme, viewport: { width, height: 900 } })
    const { page } = tab
    const see = async (name: string, path: string) => {
      await page.goto(`${url}${path}`)
      if (path.startsWith('/keys')) await page.getByRole('row').nth(1).waitFor()
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      expect(await violationsOn(page)).toEqual([])
    }
    for (const path of ['/', '/sign-in', '/sign-up']) await see(path.slice(1) || 'start', path)
    await page.goto(`${url}/sign-in`)
    await page.getByLabel('Email').fill(demo.email)
    await page.getByLabel('Password').fill(demo.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(demo.email).waitFor()
    await see('member', '/')
    await see('keys', '/keys/ui/')
  })
})
