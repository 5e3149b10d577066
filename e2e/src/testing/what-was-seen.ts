import type { Page } from 'playwright-core'
import { afterEach } from 'vitest'

const pages = new Set<Page>()

/** A page of a journey: what it shows is printed when a test fails while it is open. */
export function watchPage(page: Page): void {
  pages.add(page)
  page.on('close', () => pages.delete(page))
}

// A journey that failed on another machine leaves no screen to look at: what its pages showed is all there is to find the cause by.
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  for (const page of pages) {
    const shown = await page
      .locator('body')
      .ariaSnapshot({ timeout: 5000 })
      .catch((error: unknown) => String(error))
    console.error(`${task.name}: ${page.url()} showed\n${shown}`)
  }
})
