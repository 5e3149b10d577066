import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { untilQuiet } from '@cartera/infra/browser'
import { enterPortal } from '@cartera/infra/portal-entry'
import { portalScreens } from '@cartera/infra/screens'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']

let world: World
let customer: string
let interaction: string
let file: string
let caseOfDemo: string
let opportunity: string
let quotes: string[]
let followUp: string

beforeAll(async () => {
  world = await startWorld()
  const first = async (path: string) =>
    (await world.request<{ items: { id: string }[] }>('administrator', 'GET', path)).items[0]?.id
  customer = `/customers/${await first('/customers?q=C-000001')}`
  file = (await first(`${customer}/files?kind=mail`)) ?? ''
  caseOfDemo = `/cases/${await first('/cases?limit=1')}`
  opportunity = `/opportunities/${await first('/opportunities?limit=1')}`
  const quoteIn = async (state: string) => `/quotes/${await first(`/quotes?limit=1&state=${state}`)}`
  quotes = [await quoteIn('draft'), await quoteIn('sent')]
  followUp = `/follow-ups/${await first('/follow-ups?limit=1')}`
  interaction = `/interactions/${await first('/interactions?limit=1&state=open')}`
})

afterAll(() => world?.stop())

interface Violation {
  id: string
  nodes: { target: string[]; html: string }[]
}

/** What axe finds on the page, one line for each rule with the elements that break it. */
async function violations(page: Page): Promise<string[]> {
  await untilQuiet(page)
  // What still loads or fades in has not its own colours yet.
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'hidden' })
  await page.evaluate(
    `Promise.all(document.getAnimations()
      .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
      .map((each) => each.finished.catch(() => undefined)))`,
  )
  // Through the debugging protocol: the page's own content security policy lets no foreign script in.
  await page.evaluate(axeSource)
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ['violations'] }).then((result) => result.violations)`,
  )) as Violation[]
  return found.map(({ id, nodes }) => {
    const where = nodes.slice(0, 5).map((node) => `${node.target.join(' ')} ${node.html.slice(0, 200)}`)
    return `${id} (${nodes.length}): ${where.join(' | ')}`
  })
}

describe.each(['light', 'dark'] as const)('axe finds nothing against WCAG 2.2 A and AA in the %s theme', (theme) => {
  test('at the entry', async () => {
    const page = await world.page({ theme })
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Entrar', exact: true }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.context().close()
  })

  /** The title stands, and nothing is being loaded any more. */
  const settled = async (on: Page) => {
    await on.getByRole('heading', { level: 1 }).waitFor()
    await untilQuiet(on)
  }

  test('on the pages', { timeout: 300_000 }, async () => {
    const page = await world.pageAs('administrator', { theme })
    const found: Record<string, string[]> = {}
    const pages: [string, (page: Page) => Promise<void>][] = [
      ['/', (on) => on.getByRole('heading', { name: 'Hola, Ana' }).waitFor()],
      ['/customers', (on) => on.getByRole('row').nth(1).waitFor()],
      [customer, (on) => on.getByRole('navigation', { name: 'Secciones del cliente' }).waitFor()],
      [`${customer}/notes`, (on) => on.getByRole('button', { name: 'Registrar nota' }).waitFor()],
      [`${customer}/notices`, (on) => on.getByRole('button', { name: 'Aplicar', exact: true }).waitFor()],
      [`${customer}/contacts`, (on) => on.getByRole('button', { name: 'Importar vCard' }).waitFor()],
      ['/contacts', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/notes', (on) => on.getByRole('list', { name: 'Notas' }).waitFor()],
      ['/follow-ups', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/receivables', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/portfolio', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/promises', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/customers/duplicates?view=nearName', settled],
      ['/customers/duplicates?view=history', settled],
      ['/opportunities', (on) => on.locator('[data-card]').first().waitFor()],
      ['/opportunities?view=list', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/opportunity-stages', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/renewals', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/quotes', (on) => on.getByRole('row').nth(1).waitFor()],
      [opportunity, settled],
      ['/opportunity-loss-reasons', settled],
      ...quotes.map((quote): [string, typeof settled] => [quote, settled]),
      [followUp, settled],
      ['/quotes/new', (on) => on.getByRole('button', { name: 'Agregar línea' }).waitFor()],
      ['/interests', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/handovers', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/handovers?view=history', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/custom-fields', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/exports', settled],
      ['/imports/new', settled],
      ['/my-day', settled],
      ['/agenda', settled],
      ['/agenda?view=month', settled],
      ['/agenda?view=list', settled],
      ['/interactions', (on) => on.getByRole('row').nth(1).waitFor()],
      [interaction, settled],
      ['/interactions/new', settled],
      ['/interactions/by-entry-name', settled],
      ['/cases', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/cases/new', settled],
      [caseOfDemo, (on) => on.getByRole('button', { name: 'Comentar' }).waitFor()],
      [`${customer}/cases?cases=all`, settled],
      ['/case-types', settled],
      ['/trash', settled],
      ['/interaction-topics', settled],
      ['/products', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/price-lists', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/files', (on) => on.getByRole('row').nth(1).waitFor()],
      [`${customer}/files`, settled],
      [`${customer}/files?file=${file}`, (on) => on.getByRole('dialog').getByRole('button', { name: 'Descargar' }).waitFor()],
      [`${customer}/interactions`, settled],
      ['/payment-claims', settled],
      ['/follow-up-documents', settled],
      ['/notices/review', settled],
      ['/notice-rules', settled],
      ['/notice-texts', settled],
      ['/notice-policy', settled],
      ['/customer-groups', settled],
      ['/company/finance', settled],
      ['/mail-accounts', settled],
      ['/notices/plan', (on) => on.getByRole('button', { name: 'Día siguiente' }).waitFor()],
      ['/notices', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/users', (on) => on.getByRole('row').nth(1).waitFor()],
      ['/company', (on) => on.getByLabel('Identificación tributaria').waitFor()],
      ['/account', (on) => on.getByRole('heading', { level: 1 }).waitFor()],
    ]
    for (const [path, drawn] of pages) {
      await page.goto(path)
      await drawn(page)
      found[path] = await violations(page)
    }
    expect(found).toEqual(Object.fromEntries(pages.map(([path]) => [path, []])))
    await page.context().close()
  })

  test('on every screen of the customer portal, with something of everything and with nothing yet', {
    timeout: 300_000,
  }, async () => {
    const found: Record<string, string[]> = {}
    for (const person of [null, 'portal-customer', 'portal-newcomer'] as const) {
      const page = await world.page({ theme, phone: true })
      const context = page.context()
      if (person) expect(await enterPortal(context, world.baseUrl, world.inbox.webUrl, person)).toBe(true)
      for (const screen of portalScreens.filter((each) => each.person === person)) {
        const ask = async <Answer>(path: string) => (await (await context.request.get(path)).json()) as Answer
        const path = typeof screen.path === 'string' ? screen.path : await screen.path(ask)
        expect([screen.name, path]).not.toEqual([screen.name, null])
        // Anew, also where only what stands behind the # differs.
        await page.goto('about:blank')
        await page.goto(path ?? '')
        await page.getByRole('heading', { level: 1 }).waitFor()
        await screen.before?.(page)
        found[screen.name] = await violations(page)
      }
      await context.close()
    }
    expect(found).toEqual(Object.fromEntries(portalScreens.map(({ name }) => [name, []])))
  })
})
