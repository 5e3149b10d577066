import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { type Language, launchBrowser, openWindow, signIn, type Theme } from './browser.ts'
import { repositoryRoot } from './data-dir.ts'
import { guideNow, guidePictures, photographGuide } from './guide-pictures.ts'
import { buildApps, type Instance, startInstance } from './instance.ts'
import { OperatorError } from './operator-error.ts'
import { askApi, showPage } from './photograph.ts'
import { enterPortal } from './portal-entry.ts'
import { type Screen, screens } from './screens.ts'

const usage = `pnpm screenshots [--quick | --guide] [--look LOOK]... [--only NAME]... [--out FOLDER] [--base-url URL]

Photographs every screen of the demo company into screenshots/ (desktop and phone, light and dark, Spanish and English).

  --guide         the pictures of the user guide, into docs/guide/images, on the guide's own day
  --quick         desktop, light, Spanish only
  --look LOOK     these looks alone, as in the files' names: phone.dark.es (may be given several times)
  --only NAME     these screens alone (names of infra/src/screens.ts or guide-pictures.ts; may be given several times)
  --out FOLDER    another folder than screenshots/
  --base-url URL  photograph a demo that runs already instead of starting one
  --inbox-url URL where the mails of that demo arrive (for the portal's link), else http://localhost:2580`

interface Variant {
  phone: boolean
  theme: Theme
  language: Language
}

const allVariants: Variant[] = [false, true].flatMap((phone) =>
  (['light', 'dark'] as const).flatMap((theme) => (['es', 'en'] as const).map((language) => ({ phone, theme, language }))),
)

/** Photographs the screens of one person in one window. */
async function photograph(
  browser: Browser,
  baseUrl: string,
  inboxUrl: string,
  person: Screen['person'],
  shown: Screen[],
  variants: Variant[],
  folder: string,
) {
  for (const phone of [false, true]) {
    const looks = variants.filter((variant) => variant.phone === phone)
    if (looks.length === 0) continue
    const context = await openWindow(browser, baseUrl, { phone })
    const isCustomer = person === 'portal-customer' || person === 'portal-newcomer'
    if (isCustomer && !(await enterPortal(context, baseUrl, inboxUrl, person))) {
      console.log(`  - ${person}: nobody like that in this company`)
      continue
    }
    const token = person && !isCustomer ? await signIn(context, baseUrl, person) : null
    const page = await context.newPage()
    for (const screen of shown) {
      const path =
        typeof screen.path === 'string'
          ? screen.path
          : await screen.path((address) => askApi(context, `${baseUrl}${address}`, token))
      if (path === null) {
        console.log(`  - ${screen.name}: nothing to show in this company`)
        continue
      }
      for (const look of looks) {
        await showPage(page, `${baseUrl}${path}`, look)
        if (screen.press) {
          await page.getByRole('button', { name: screen.press }).first().click()
          await page.getByRole('dialog').waitFor({ timeout: 5000 })
        }
        await screen.before?.(page)
        const file = `${screen.name}.${nameOf(look)}.png`
        await page.screenshot({ path: join(folder, file), fullPage: true })
      }
      console.log(`  ✓ ${screen.name} ${phone ? 'phone' : 'desktop'}`)
    }
    await context.close()
  }
}

const nameOf = (look: Variant) => `${look.phone ? 'phone' : 'desktop'}.${look.theme}.${look.language}`

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((arg) => arg !== '--'),
    options: {
      look: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      guide: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      out: { type: 'string' },
      'base-url': { type: 'string' },
      'inbox-url': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const known = (values.guide ? guidePictures : screens).map((screen) => screen.name)
  const unknown = values.only?.filter((name) => !known.includes(name)) ?? []
  if (unknown.length > 0)
    throw new OperatorError('no-such-screen', `No screen ${unknown.join(', ')}. There are: ${known.join(', ')}`)
  const wanted = screens.filter((screen) => !values.only || values.only.includes(screen.name))
  const variants = values.quick
    ? allVariants.slice(0, 1)
    : allVariants.filter((look) => !values.look || values.look.includes(nameOf(look)))
  if (variants.length === 0)
    throw new OperatorError('no-such-look', `There are only the looks ${allVariants.map(nameOf).join(', ')}.`)
  const folder = values.out ?? join(repositoryRoot, 'screenshots')
  mkdirSync(folder, { recursive: true })

  const browser = await launchBrowser()
  // Not below os.tmpdir(): TMPDIR may be closed to the user that PostgreSQL runs as.
  const dataDir = values['base-url'] ? null : mkdtempSync('/tmp/cartera-screenshots-')
  let instance: Instance | null = null
  const failures: string[] = []
  try {
    if (dataDir) {
      chmodSync(dataDir, 0o711)
      const onStep = (step: string) => console.log(`  … ${step}`)
      onStep('Building')
      await buildApps()
      const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env
      const env = values.guide ? { CARTERA_NOW: guideNow, ...inherited } : inherited
      instance = await startInstance({ dataDir: join(dataDir, 'data'), env, demo: true, onStep })
    }
    const baseUrl = (values['base-url'] ?? instance?.baseUrl ?? '').replace(/\/$/, '')
    const inboxUrl = instance?.inbox?.webUrl ?? values['inbox-url'] ?? 'http://localhost:2580'
    if (values.guide) {
      failures.push(
        ...(await photographGuide(browser, baseUrl, inboxUrl, process.env.CARTERA_NOW ?? guideNow, values.only ?? null)),
      )
      console.log('The pictures are in docs/guide/images')
    }
    for (const person of new Set(values.guide ? [] : wanted.map((screen) => screen.person))) {
      const shown = wanted.filter((screen) => screen.person === person)
      try {
        await photograph(browser, baseUrl, inboxUrl, person, shown, variants, folder)
      } catch (error) {
        failures.push(`${person ?? 'nobody'}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    if (!values.guide) console.log(`The pictures are in ${folder}`)
  } finally {
    await browser.close()
    await instance?.stop()
    if (dataDir) rmSync(dataDir, { recursive: true, force: true })
  }
  if (failures.length > 0)
    throw new OperatorError('screens-failed', `Not every screen could be photographed:\n${failures.join('\n')}`)
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof OperatorError ? error.message : error)
    process.exit(1)
  },
)
