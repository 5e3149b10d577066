import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { companyLogo } from '@cartera/db/schema/organisation'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { PortalContact } from '@cartera/domain/access/portal-contact'
import { accountNumberShown } from '@cartera/domain/bank-details/account-number'
import { type CalendarDay, dayOfInstant, daysBetween } from '@cartera/domain/calendar-day'
import { agingBucketOf } from '@cartera/domain/credit/aging'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findPaymentData } from '../bank-details/bank-details.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { type PdfBlock, renderPdf } from '../exports/render-pdf.ts'
import { writeWorkbook } from '../exports/write-workbook.ts'
import { sayDay, sayMoney } from '../notices/notice-words.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { countOpenClaims } from '../payment-claims/report-payment.ts'
import { type AgingSums, agingSums } from '../receivables/aging.ts'
import { findStatement, type Statement, type StatementPeriod, statementPeriod } from '../statements/find-statement.ts'
import { makeStatementPdf } from '../statements/statement-pdf.ts'
import { fill, statementWords } from '../statements/statement-words.ts'
import { statementSheets } from '../statements/statement-workbook.ts'

type Language = 'es' | 'en'

/** Whose portal it is, for whoever opens it: name, logo, language. Before the installation is set up it has no name. */
export async function findPortalCompany(ctx: AppContext) {
  const company = await findCompany(ctx.db).catch((error: unknown) => {
    if (error instanceof Refusal) return null
    throw error
  })
  const [logo] = await ctx.db.select({ hash: companyLogo.hash }).from(companyLogo)
  const language: Language = company?.locale.startsWith('en') ? 'en' : 'es'
  return { name: company?.name ?? 'Cartera', logo: logo !== undefined, language }
}

/** The logo as PNG; refuses `not-found` where there is none. */
export async function readPortalLogo(ctx: AppContext): Promise<Buffer> {
  const [logo] = await ctx.db.select({ content: companyLogo.content }).from(companyLogo)
  if (!logo) throw new Refusal('not-found')
  return logo.content
}

interface BalanceRow extends AgingSums {
  next_due: string | null
  next_minor: string | null
}

async function findBalances(db: Querier, customerId: string, today: CalendarDay) {
  const { rows } = await db.execute<BalanceRow>(sql`
    select r.currency, ${agingSums(sql`r.due_on`, sql`r.balance_minor`, today)},
      min(r.due_on) filter (where r.due_on >= ${today}::date)::text as next_due,
      (select sum(n.balance_minor)::text from receivables n where n.customer_id = ${customerId} and n.balance_minor > 0 and n.currency = r.currency
        and n.due_on = min(r.due_on) filter (where r.due_on >= ${today}::date)) as next_minor
    from receivables r where r.customer_id = ${customerId} and r.balance_minor > 0 group by r.currency`)
  const { rows: loose } = await db.execute<{ currency: string; minor: string }>(sql`
    select currency, sum(unapplied_minor)::text as minor from (
      select currency, unapplied_minor from payments where customer_id = ${customerId} and unapplied_minor > 0
      union all select currency, unapplied_minor from documents where customer_id = ${customerId} and unapplied_minor > 0) u
    group by currency`)
  const unapplied = new Map(loose.map((row) => [row.currency, BigInt(row.minor)]))
  const sums = new Map(rows.map((row) => [row.currency, row]))
  return [...new Set([...sums.keys(), ...unapplied.keys()])].sort().map((currency) => {
    const row = sums.get(currency)
    const say = (minor: string | bigint | undefined) => formatAmount(BigInt(minor ?? 0), currency)
    const balance = BigInt(row?.balance ?? 0)
    const left = unapplied.get(currency) ?? 0n
    return {
      currency,
      balance: say(balance),
      overdue: say(balance - BigInt(row?.notDue ?? 0)),
      notDue: say(row?.notDue),
      days1To30: say(row?.days1To30),
      days31To60: say(row?.days31To60),
      days61To90: say(row?.days61To90),
      over90: say(row?.over90),
      unapplied: say(left),
      net: say(balance - left),
      next: row?.next_due && row.next_minor ? { dueOn: row.next_due, amount: say(row.next_minor) } : null,
    }
  })
}

/** What the contact sees first: who they are here, what is owed, what falls due next, how to pay. */
export async function portalHome(ctx: AppContext, contact: PortalContact) {
  const company = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), company.timeZone)
  const [row] = await ctx.db
    .select({ name: contacts.name, email: contacts.email, code: customers.code, customer: customers.name })
    .from(contacts)
    .innerJoin(customers, eq(customers.id, contacts.customerId))
    .where(eq(contacts.id, contact.contactId))
  if (!row) throw new Refusal('not-found')
  const payment = await findPaymentData(ctx.db)
  return {
    contact: { name: row.name, email: row.email },
    customer: { code: row.code, name: row.customer, language: contact.language },
    company: { name: company.name, locale: company.locale, currency: company.currency },
    today,
    balances: await findBalances(ctx.db, contact.customerId, today),
    payment: {
      accounts: payment.accounts.map((account) => ({ ...account, shown: accountNumberShown(account.kind, account.number) })),
      paymentUrl: payment.paymentUrl,
    },
    openClaims: await countOpenClaims(ctx, contact),
  }
}

const mostReceivables = 1000

interface OpenRow extends Record<string, unknown> {
  id: string
  type: 'invoice' | 'debit-note' | 'credit-note' | 'receipt'
  number: string
  instalment: number
  instalments: number
  issued_on: string
  due_on: string
  currency: string
  amount: string
  balance: string
  disputed: boolean
  promised_for: string | null
  claimed: boolean
}

async function findOpen(db: Querier, customerId: string, today: CalendarDay, only?: SQL) {
  const { rows } = await db.execute<OpenRow>(sql`
    select r.id, d.type, d.number, r.instalment, (select count(*)::int from receivables s where s.document_id = r.document_id) as instalments,
      r.issued_on::text, r.due_on::text, r.currency, r.amount_minor::text as amount, r.balance_minor::text as balance,
      r.disputed_at is not null as disputed,
      (select max(p.due_on)::text from promise_items i join promises p on p.id = i.promise_id and p.state = 'open' where i.receivable_id = r.id) as promised_for,
      exists (select from payment_claim_receivables c join payment_claims q on q.id = c.claim_id and q.state = 'open' where c.receivable_id = r.id) as claimed
    from receivables r join documents d on d.id = r.document_id
    where r.customer_id = ${customerId} and ${only ?? sql`r.balance_minor > 0`}
    order by r.due_on, r.id limit ${mostReceivables + 1}`)
  return rows.map((row) => ({
    id: row.id,
    documentType: row.type,
    number: row.number,
    instalment: row.instalment,
    instalments: row.instalments,
    issuedOn: row.issued_on,
    dueOn: row.due_on,
    daysOverdue: daysBetween(row.due_on, today),
    bucket: agingBucketOf(row.due_on, today),
    currency: row.currency,
    amount: formatAmount(BigInt(row.amount), row.currency),
    balance: formatAmount(BigInt(row.balance), row.currency),
    disputed: row.disputed,
    promisedFor: row.promised_for,
    claimed: row.claimed,
  }))
}

/** What is still open of the contact's customer, by due date, the first 1,000. */
export async function portalReceivables(ctx: AppContext, contact: PortalContact) {
  const rows = await findOpen(ctx.db, contact.customerId, await companyToday(ctx))
  return { items: rows.slice(0, mostReceivables), more: rows.length > mostReceivables }
}

/** One of the customer's receivables as the portal shows it; refuses `not-found` alike for a foreign and a missing one. */
export async function findPortalReceivable(db: Querier, contact: PortalContact, receivableId: string, today: CalendarDay) {
  const [row] = await findOpen(db, contact.customerId, today, sql`r.id = ${receivableId}`)
  if (!row) throw new Refusal('not-found')
  return row
}

/** Reasons of corrections, write-offs and reversals are written for the house; the customer reads what moved and when. */
const published = (statement: Statement): Statement => ({
  ...statement,
  accounts: statement.accounts.map((account) => ({
    ...account,
    lines: account.lines.map((line) => ({ ...line, reason: null })),
  })),
})

/** The statement of the contact's customer, without what is internal. Refuses as `readStatement`. */
async function ownStatement(ctx: AppContext, contact: PortalContact, input: StatementPeriod, most?: number) {
  const period = await statementPeriod(ctx, input)
  const found = await findStatement(ctx.db, contact.customerId, { ...period, ...(most === undefined ? {} : { most }) })
  return { statement: published(found), timeZone: period.timeZone }
}

export async function portalStatement(ctx: AppContext, contact: PortalContact, input: StatementPeriod) {
  const { statement } = await ownStatement(ctx, contact, input)
  return { from: statement.from, to: statement.to, accounts: statement.accounts }
}

type FileInput = StatementPeriod & { language?: Language | undefined }

export async function portalStatementPdf(ctx: AppContext, contact: PortalContact, input: FileInput) {
  const { statement } = await ownStatement(ctx, contact, input)
  return makeStatementPdf(ctx.db, statement, ctx.now(), input.language ?? contact.language)
}

/** What a person still opens in a spreadsheet; memory follows it. */
const mostRows = 20_000

export async function portalStatementWorkbook(ctx: AppContext, contact: PortalContact, input: FileInput) {
  const { statement, timeZone } = await ownStatement(ctx, contact, input, mostRows)
  const language = input.language ?? contact.language
  return {
    fileName: `${statementWords[language].fileName}-${statement.customer.code}-${statement.to}.xlsx`,
    workbook: await writeWorkbook(statementSheets(statement, language), { timeZone }),
  }
}

/** The customer's documents, the newest first. */
export async function portalDocuments(ctx: AppContext, contact: PortalContact, input: PageInput) {
  const sort = '-issuedOn'
  const keys = [
    { column: documents.issuedOn, type: 'date' },
    { column: documents.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const q = (input.q ?? '').trim()
  // Named with its table: without a join a column stands alone, and within the questions below it would be theirs.
  const ofDocument = sql`from receivables r where r.document_id = documents.id`
  const rows = await ctx.db
    .select({
      document: documents,
      dueOn: sql<string | null>`(select max(r.due_on)::text ${ofDocument})`,
      balance: sql<string>`(select coalesce(sum(r.balance_minor), 0)::text ${ofDocument})`,
    })
    .from(documents)
    .where(
      and(
        eq(documents.customerId, contact.customerId),
        q === '' ? undefined : sql`${documents.number} ilike ${`%${q.replace(/[\\%_]/g, '\\$&')}%`}`,
        keysetAfter(input.cursor, sort, keys, true),
      ),
    )
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ document, dueOn, balance }) => ({
      id: document.id,
      type: document.type,
      number: document.number,
      issuedOn: document.issuedOn,
      dueOn,
      currency: document.currency,
      total: formatAmount(document.totalMinor, document.currency),
      balance: formatAmount(document.type === 'credit-note' ? document.unappliedMinor : BigInt(balance), document.currency),
      voidedOn: document.voidedOn,
    }),
    ({ document }) => encodeCursor(sort, [document.issuedOn, document.id]),
  )
}

const documentWords = {
  es: {
    issued: 'Emitido',
    total: 'Total',
    open: 'Saldo',
    unapplied: 'Sin aplicar',
    voided: 'Anulado el',
    instalments: 'Cuotas',
    number: 'Cuota',
    due: 'Vence',
    amount: 'Importe',
    balance: 'Saldo',
    movements: 'Movimientos',
    date: 'Fecha',
    detail: 'Detalle',
    none: 'Sin movimientos',
    asOf: 'Al {day}',
    kinds: {
      charge: 'Cargo',
      correction: 'Corrección',
      payment: 'Pago',
      credit: 'Nota de crédito',
      'write-off': 'Ajuste',
      reversal: 'Reverso',
    },
  },
  en: {
    issued: 'Issued',
    total: 'Total',
    open: 'Balance',
    unapplied: 'Not applied',
    voided: 'Voided on',
    instalments: 'Instalments',
    number: 'Instalment',
    due: 'Due',
    amount: 'Amount',
    balance: 'Balance',
    movements: 'Movements',
    date: 'Date',
    detail: 'Details',
    none: 'No movements',
    asOf: 'As of {day}',
    kinds: {
      charge: 'Charge',
      correction: 'Correction',
      payment: 'Payment',
      credit: 'Credit note',
      'write-off': 'Adjustment',
      reversal: 'Reversal',
    },
  },
} as const

interface MovementRow extends Record<string, unknown> {
  on_day: string
  kind: keyof (typeof documentWords)['es']['kinds']
  number: string | null
  instalment: number
  currency: string
  minor: string
}

/** A document of the contact's customer as PDF: its instalments and what moved them, without reasons. Refuses `not-found`. */
export async function portalDocumentPdf(
  ctx: AppContext,
  contact: PortalContact,
  documentId: string,
  input: { language?: Language | undefined },
): Promise<{ fileName: string; pdf: Buffer }> {
  const [row] = await ctx.db
    .select({ document: documents, code: customers.code, customer: customers.name, taxId: customers.taxId })
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(and(eq(documents.id, documentId), eq(documents.customerId, contact.customerId)))
  if (!row) throw new Refusal('not-found')
  const { document } = row
  const language = input.language ?? contact.language
  const w = documentWords[language]
  const company = await findCompany(ctx.db)
  const [logo] = await ctx.db.select({ content: companyLogo.content }).from(companyLogo)
  const parts = await ctx.db
    .select()
    .from(receivables)
    .where(eq(receivables.documentId, documentId))
    .orderBy(receivables.instalment)
    .limit(1000)
  const { rows: movements } = await ctx.db.execute<MovementRow>(sql`
    select m.on_day::text, m.kind, coalesce(p.reference, n.number) as number, r.instalment, m.currency, m.amount_minor::text as minor
    from receivable_movements m join receivables r on r.id = m.receivable_id
    left join payments p on p.id = m.payment_id left join documents n on n.id = m.credit_note_id
    where ${document.type === 'credit-note' ? sql`m.credit_note_id = ${documentId} and m.customer_id = ${contact.customerId}` : sql`r.document_id = ${documentId}`}
    order by m.on_day, m.created_at, m.id limit 2000`)
  const say = (minor: bigint, currency = document.currency) => sayMoney(minor, currency, language, company.locale)
  const open =
    document.type === 'credit-note' ? document.unappliedMinor : parts.reduce((sum, part) => sum + part.balanceMinor, 0n)
  const title = `${statementWords[language].kinds[document.type]} ${document.number}`
  const day = sayDay(dayOfInstant(ctx.now(), company.timeZone), language)
  const blocks: PdfBlock[] = [
    {
      kind: 'facts',
      rows: [
        [statementWords[language].customer, `${row.code} ${row.customer}`],
        [statementWords[language].taxId, row.taxId ?? '-'],
        [w.issued, sayDay(document.issuedOn, language)],
        [w.total, say(document.totalMinor)],
        [document.type === 'credit-note' ? w.unapplied : w.open, say(open)],
        ...(document.voidedOn === null ? [] : [[w.voided, sayDay(document.voidedOn, language)] as const]),
      ],
    },
    ...(parts.length === 0
      ? []
      : [
          { kind: 'heading' as const, text: w.instalments },
          {
            kind: 'table' as const,
            columns: [
              { title: w.number },
              { title: w.due, width: 'rest' as const },
              { title: w.amount, align: 'right' as const },
              { title: w.balance, align: 'right' as const },
            ],
            rows: parts.map((part) => [
              `${part.instalment} / ${parts.length}`,
              sayDay(part.dueOn, language),
              say(part.amountMinor, part.currency),
              say(part.balanceMinor, part.currency),
            ]),
          },
        ]),
    { kind: 'heading', text: w.movements },
    {
      kind: 'table',
      columns: [{ title: w.date }, { title: w.detail, width: 'rest' }, { title: w.number }, { title: w.amount, align: 'right' }],
      rows: movements.map((movement) => [
        sayDay(movement.on_day, language),
        [w.kinds[movement.kind], movement.number ?? ''].join(' ').trim(),
        String(movement.instalment),
        say(BigInt(movement.minor), movement.currency),
      ]),
      empty: w.none,
    },
  ]
  const pdf = await renderPdf({
    title,
    subtitle: fill(w.asOf, { day }),
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: `${row.code} ${row.customer} · ${fill(statementWords[language].made, { day })}`,
    madeAt: ctx.now(),
    blocks,
  })
  return { fileName: `${document.number}.pdf`, pdf }
}
