import { readFileSync } from 'node:fs'
import { bankDetails } from '@cartera/db/schema/finance'
import { aCompany, aCustomer, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { findMailMaterial } from '../notices/notice-material.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { confirmBankDetails, listBankDetails, proposeBankDetails, withdrawBankDetails } from './bank-details.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
const link = 'https://pagos.andina.com/x'
const account = { bank: 'Banco Azul', holder: 'Andina', kind: 'account' as const, number: '123456', currency: 'USD' }
const viewerOf = async () => {
  const viewer = await findViewerByUser(ctx, (await aUser(db(), { permissions: ['company-settings'] })).id)
  if (!viewer) throw new Error('no viewer')
  return viewer
}
const inMails = async () => (await findMailMaterial(db(), (await aCustomer(db())).id)).payment

beforeEach(async () => {
  await db().execute(sql`truncate bank_details, company, notice_rules, staff_mails cascade`)
  await aCompany(db())
})

test('a payment link reaches customers only when a second person has confirmed it', async () => {
  const [ana, flor] = [await viewerOf(), await viewerOf()]
  const [proposal] = (await proposeBankDetails(ctx, ana, { accounts: [], paymentUrl: link })).items
  expect(proposal).toMatchObject({ paymentUrl: link, adopted: false, mayConfirm: false })
  expect(await inMails()).toEqual({ url: null, accounts: [] })
  await expect(confirmBankDetails(ctx, ana, proposal?.id ?? '')).rejects.toMatchObject({ code: 'second-person-needed' })
  await confirmBankDetails(ctx, flor, proposal?.id ?? '')
  expect(await inMails()).toEqual({ url: link, accounts: [] })
  const { rows } = await database.pool.query(
    "select changes from audit_log where entity = 'bank-details' order by at, action desc",
  )
  expect(rows.map((row) => row.changes.paymentUrl)).toEqual([
    [null, link],
    [null, link],
  ])
})

test('one that a proposal leaves out stays; null takes it away; a proposal that is taken back changes nothing', async () => {
  const [ana, flor] = [await viewerOf(), await viewerOf()]
  const decide = async (input: Parameters<typeof proposeBankDetails>[2]) => {
    const [proposal] = (await proposeBankDetails(ctx, ana, input)).items
    await confirmBankDetails(ctx, flor, proposal?.id ?? '')
    return inMails()
  }
  expect((await decide({ accounts: [], paymentUrl: link })).url).toBe(link)
  expect(await decide({ accounts: [account] })).toEqual({ url: link, accounts: ['Banco Azul · USD · 123456 · Andina'] })
  const [other] = (await proposeBankDetails(ctx, ana, { accounts: [], paymentUrl: 'https://pagos.evil.com' })).items
  await withdrawBankDetails(ctx, flor, other?.id ?? '', {})
  expect((await inMails()).url).toBe(link)
  expect((await decide({ accounts: [account], paymentUrl: null })).url).toBeNull()
})

test('one to which customers may not be sent is refused at its field, with whatever else is wrong', async () => {
  const ana = await viewerOf()
  for (const paymentUrl of ['http://pagos.andina.com', 'javascript:alert(1)', 'https://u:p@andina.com', 'https://localhost/x'])
    await expect(
      proposeBankDetails(ctx, ana, { accounts: [{ ...account, currency: 'XXX' }], paymentUrl }),
      paymentUrl,
    ).rejects.toMatchObject({
      code: 'items-refused',
      errors: [
        { field: 'accounts.0.currency', code: 'currency-unknown' },
        { field: 'paymentUrl', code: 'payment-url-invalid' },
      ],
    })
  expect((await listBankDetails(ctx, ana)).items).toEqual([])
})

/** The statements of the upgrade that move the link, on tables as they were. */
async function upgrade(): Promise<void> {
  const file = new URL('../../../db/migrations/0015_payment_link_confirmed.sql', import.meta.url)
  const statements = readFileSync(file, 'utf8').split('--> statement-breakpoint')
  for (const statement of statements.filter((each) => /^\s*(update|insert)/i.test(each))) await db().execute(sql.raw(statement))
}

test('an upgrade takes an existing link over as it is in force, says so, and the next one needs two people', async () => {
  await db().execute(sql`alter table company add column payment_url text`)
  await db().execute(sql`update company set payment_url = ${link}`)
  await upgrade()
  const [ana, flor] = [await viewerOf(), await viewerOf()]
  expect((await inMails()).url).toBe(link)
  expect((await listBankDetails(ctx, ana)).items).toMatchObject([
    { state: 'confirmed', adopted: true, proposedBy: null, decidedBy: null, paymentUrl: link },
  ])
  const proposed = await proposeBankDetails(ctx, ana, { accounts: [account], paymentUrl: null })
  const waiting = proposed.items.find((each) => each.state === 'proposed')
  await confirmBankDetails(ctx, flor, waiting?.id ?? '')
  // The upgrade's row has the machine's instant, the proposal the context's: their order says nothing here.
  expect((await listBankDetails(ctx, ana)).items.map(({ state, adopted }) => `${state} ${adopted}`).sort()).toEqual([
    'confirmed false',
    'replaced true',
  ])
  // With accounts in force and others that wait, the link goes along with both.
  await proposeBankDetails(ctx, ana, { accounts: [] })
  await upgrade()
  expect((await listBankDetails(ctx, ana)).items.map(({ state, paymentUrl }) => `${state} ${paymentUrl}`).sort()).toEqual([
    `confirmed ${link}`,
    `proposed ${link}`,
    `replaced ${link}`,
  ])
  await db().execute(sql`alter table company drop column payment_url`)
})

test('what nobody proposed is taken only from an upgrade', async () => {
  const write = db().insert(bankDetails).values({ accounts: [], state: 'proposed', proposedAt: ctx.now() })
  await expect(write).rejects.toMatchObject({ cause: { constraint: 'bank_details_proposer' } })
})
