/** A real browser, and what it has to complain about. */
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterEachFile } from '../helpers/after-each-file.js'

const executablePath = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path)
)

if (executablePath === undefined)
  console.warn('NO BROWSER: the tests of the page are skipped. Set CHROMIUM_PATH to a Chromium or a Chrome.')

export const hasBrowser = executablePath !== undefined

let browser: Promise<Browser> | undefined

afterEachFile(async () => {
  await (await browser)?.close()
  browser = undefined
})

export interface Tab {
  readonly page: Page
  /** Errors on the console, violations of the policy, exceptions, requests to other hosts. */
  readonly complaints: string[]
  close(): Promise<void>
}

const reportViolations = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('policy violated: ' + violatedDirective + ' ' + blockedURI))`

/** A browser of its own within the browser. What an API refuses is on the console too, and no complaint. */
export async function openTab(origin: string, options: BrowserContextOptions = {}): Promise<Tab> {
  browser ??= chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
  const context = await (await browser).newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const complaints: string[] = []
  await page.addInitScript(reportViolations)
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    const isRefusal = message.text().startsWith('Failed to load resource') && !message.location().url.includes('/ui/')
    if (!isRefusal) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`a script ran: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) complaints.push(request.url())
  })
  return { page, complaints, close: () => context.close() }
}
