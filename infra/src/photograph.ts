import type { BrowserContext, Page } from 'playwright-core'
import { type Language, type Theme, untilQuiet } from './browser.ts'

/** Asks the API for what a picture is to show. */
export async function askApi<Answer>(context: BrowserContext, url: string, token: string | null): Promise<Answer> {
  const response = await context.request.get(url, token ? { headers: { authorization: `Bearer ${token}` } } : {})
  if (!response.ok()) throw new Error(`GET ${url}: ${response.status()} ${await response.text()}`)
  return (await response.json()) as Answer
}

/** Opens an address in a language and theme, and waits until nothing on it is still being fetched. */
export async function showPage(page: Page, url: string, look: { language: Language; theme: Theme }): Promise<void> {
  const wanted = { 'cartera-language': look.language, 'cartera-portal-language': look.language, 'cartera-theme': look.theme }
  await page.emulateMedia({ colorScheme: look.theme, reducedMotion: 'reduce' })
  if (page.url() === 'about:blank') await page.goto(url)
  await page.evaluate((items) => {
    const { localStorage } = globalThis as unknown as { localStorage: { setItem(key: string, value: string): void } }
    for (const [key, value] of Object.entries(items)) localStorage.setItem(key, value)
  }, wanted)
  await page.goto(url)
  await settle(page)
}

/** Until nothing of the page is still being fetched. */
export async function settle(page: Page): Promise<void> {
  await untilQuiet(page)
  // A part of the page that is still fetched is nothing yet; then a skeleton stands in its place.
  await page.waitForTimeout(200)
  const settled = "document.querySelectorAll('[aria-busy=true], .animate-pulse').length === 0"
  await page.waitForFunction(settled, undefined, { timeout: 5000 }).catch(() => undefined)
  // A mail is drawn in a frame of its own, which says nothing to the page.
  if ((await page.locator('iframe').count()) > 0) await page.waitForTimeout(1000)
}
