import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core'
import { type DemoPerson, demoPassword, demoPerson } from './demo-people.ts'
import { OperatorError } from './operator-error.ts'
import { findChromium } from './test-machine.ts'

export type Language = 'es' | 'en'
export type Theme = 'light' | 'dark'

/** How a browser window of a journey or a photograph looks. */
export interface WindowOptions {
  language?: Language
  theme?: Theme
  phone?: boolean
}

/** Starts the machine's Chromium without a window and without a single request of its own. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await findChromium()
  if (!executablePath) {
    throw new OperatorError(
      'no-browser',
      'No Chromium was found. Install one, or say where it is: CARTERA_CHROMIUM=/path/to/chromium',
    )
  }
  return chromium.launch({
    executablePath,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
      // Chromium's sandbox refuses to run as root; the pages are our own.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  })
}

/** A window with its own cookies and storage, in the wished language, theme and size. */
export async function openWindow(browser: Browser, baseUrl: string, options: WindowOptions = {}): Promise<BrowserContext> {
  const { language = 'es', theme = 'light', phone = false } = options
  const context = await browser.newContext({
    baseURL: baseUrl,
    locale: language === 'es' ? 'es-CO' : 'en-US',
    colorScheme: theme,
    viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    isMobile: phone,
    hasTouch: phone,
    deviceScaleFactor: 1,
  })
  const pending = new Set<Request>()
  underWay.set(context, pending)
  // Live events keep one request open for as long as the page stands.
  context.on('request', (request) => request.url().endsWith('/api/v1/events') || pending.add(request))
  context.on('requestfinished', (request) => pending.delete(request))
  context.on('requestfailed', (request) => pending.delete(request))
  await context.addInitScript(
    ([wishedLanguage, wishedTheme]) => {
      // Only where the person has not chosen yet: a journey may switch both.
      const storage = (globalThis as unknown as { localStorage: Storage }).localStorage
      if (!storage.getItem('cartera-language')) storage.setItem('cartera-language', wishedLanguage)
      if (!storage.getItem('cartera-theme')) storage.setItem('cartera-theme', wishedTheme)
    },
    [language, theme] as const,
  )
  return context
}

const underWay = new WeakMap<BrowserContext, Set<Request>>()

/** Until nothing is being fetched for a page of `openWindow`, and what came has been drawn: live events, which never end, apart. */
export async function untilQuiet(page: Page): Promise<void> {
  const context = page.context()
  const pending = underWay.get(context) ?? new Set()
  do {
    while (pending.size > 0)
      await new Promise<void>((resolve) => {
        context.once('requestfinished', () => resolve())
        context.once('requestfailed', () => resolve())
      })
    // What was drawn may ask for more.
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  } while (pending.size > 0)
}

interface Storage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

/** Signs a demo person in: the window gets the refresh cookie, and the access token is answered for requests of one's own. */
export async function signIn(context: BrowserContext, baseUrl: string, role: DemoPerson['role']): Promise<string> {
  const { email } = demoPerson(role)
  const response = await context.request.post(`${baseUrl}/api/v1/session`, { data: { email, password: demoPassword } })
  if (!response.ok()) throw new Error(`${email} could not sign in: ${response.status()} ${await response.text()}`)
  return ((await response.json()) as { accessToken: string }).accessToken
}
