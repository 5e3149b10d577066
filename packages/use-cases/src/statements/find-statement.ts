import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, daysBetween } from '@cartera/domain/calendar-day'
import { agingBucketOf, agingOf } from '@cartera/domain/credit/aging'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { standingAt } from '../receivables/aging.ts'

export interface StatementPeriod {
  /** The first day; 90 days before the last one unless told. */
  from?: CalendarDay | undefined
  /** The last day, at whose end everything is as it says; today unless told. */
  to?: CalendarDay | undefined
}

/** What moved the account of a customer: applications are not among them, since they move nothing between the customer and the company. */
export type StatementLineKind =
  | 'invoice'
  | 'debit-note'
  | 'receipt'
  | 'correction'
  | 'write-off'
  | 'write-off-undone'
  | 'payment'
  | 'payment-reversed'
  | 'credit-note'
  | 'credit-note-voided'

interface LineRow extends Record<string, unknown> {
  on_day: string
  kind: StatementLineKind
  number: string | null
  instalment: number | null
  instalments: number | null
  due_on: string | null
  reason: string | null
  currency: string
  minor: string
}

/** Everything that moved a customer's account, as rows (on_day, rank, at, kind, ...). */
const eventsOf = (customerId: string) => sql`
  select m.on_day, 1 as rank, m.created_at as at, m.id,
         case when m.kind = 'charge' then d.type when m.kind = 'reversal' then 'write-off-undone' else m.kind end as kind,
         d.number, r.instalment, (select count(*)::int from receivables sister where sister.document_id = r.document_id) as instalments,
         r.due_on, m.reason, m.currency, m.amount_minor as minor
  from receivable_movements m join receivables r on r.id = m.receivable_id join documents d on d.id = r.document_id
  where m.customer_id = ${customerId} and m.payment_id is null and m.credit_note_id is null
  union all
  select paid_on, 2, created_at, id, 'payment', coalesce(reference, external_id), null, null, null, null, currency, -amount_minor
  from payments where customer_id = ${customerId}
  union all
  select reversed_on, 3, created_at, id, 'payment-reversed', coalesce(reference, external_id), null, null, null, reversal_reason, currency, amount_minor
  from payments where customer_id = ${customerId} and reversed_on is not null
  union all
  select issued_on, 2, created_at, id, 'credit-note', number, null, null, null, comment, currency, -total_minor
  from documents where customer_id = ${customerId} and type = 'credit-note'
  union all
  select voided_on, 3, created_at, id, 'credit-note-voided', number, null, null, null, void_reason, currency, total_minor
  from documents where customer_id = ${customerId} and type = 'credit-note' and voided_on is not null`

/** More lines than a screen or paper can carry; Excel takes more. */
export const mostLines = 2000
const mostOpenItems = 5000

async function findLines(db: Querier, customerId: string, from: CalendarDay, to: CalendarDay, most: number): Promise<LineRow[]> {
  const { rows } = await db.execute<LineRow>(sql`
    select e.on_day::text, e.kind, e.number, e.instalment, e.instalments, e.due_on::text, e.reason, e.currency, e.minor::text
    from (${eventsOf(customerId)}) e where e.on_day between ${from}::date and ${to}::date
    order by e.on_day, e.rank, e.at, e.id limit ${most + 1}`)
  if (rows.length > most) {
    const { rows: counted } = await db.execute<{ count: number }>(
      sql`select count(*)::int as count from (${eventsOf(customerId)}) e where e.on_day between ${from}::date and ${to}::date`,
    )
    throw new Refusal('statement-too-long', { field: 'from', params: { count: counted[0]?.count ?? rows.length, max: most } })
  }
  return rows
}

async function findOpenings(db: Querier, customerId: string, from: CalendarDay): Promise<Map<string, bigint>> {
  const { rows } = await db.execute<{ currency: string; minor: string }>(sql`
    select e.currency, sum(e.minor)::text as minor from (${eventsOf(customerId)}) e where e.on_day < ${from}::date group by e.currency`)
  return new Map(rows.map((row) => [row.currency, BigInt(row.minor)]))
}

interface ItemRow extends Record<string, unknown> {
  receivable_id: string
  type: 'invoice' | 'debit-note' | 'credit-note' | 'receipt'
  number: string
  instalment: number
  issued_on: string
  due_on: string
  currency: string
  amount: string
  balance: string
  disputed: boolean
}

async function findOpenItems(db: Querier, customerId: string, to: CalendarDay, timeZone: string): Promise<ItemRow[]> {
  const { rows } = await db.execute<ItemRow>(sql`
    select s.receivable_id, d.type, d.number, r.instalment, r.issued_on::text, s.due_on::text, s.currency, r.amount_minor::text as amount,
           s.balance_minor::text as balance, r.disputed_at is not null as disputed
    from (${standingAt(to, timeZone, sql`customer_id = ${customerId}`)}) s
    join receivables r on r.id = s.receivable_id join documents d on d.id = r.document_id
    order by s.due_on, d.number, r.instalment, s.receivable_id limit ${mostOpenItems + 1}`)
  if (rows.length > mostOpenItems)
    throw new Refusal('statement-too-long', { field: 'to', params: { count: rows.length, max: mostOpenItems } })
  return rows
}

interface UnappliedRow extends Record<string, unknown> {
  id: string
  kind: 'payment' | 'credit-note'
  on_day: string
  number: string | null
  currency: string
  amount: string
  unapplied: string
}

async function findUnapplied(db: Querier, customerId: string, to: CalendarDay): Promise<UnappliedRow[]> {
  const { rows } = await db.execute<UnappliedRow>(sql`
    select * from (
      select p.id, 'payment' as kind, p.paid_on::text as on_day, coalesce(p.reference, p.external_id) as number, p.currency, p.amount_minor::text as amount,
             (p.amount_minor + coalesce((select sum(m.amount_minor) from receivable_movements m where m.payment_id = p.id and m.on_day <= ${to}::date), 0))::text as unapplied
      from payments p where p.customer_id = ${customerId} and p.paid_on <= ${to}::date and (p.reversed_on is null or p.reversed_on > ${to}::date)
      union all
      select d.id, 'credit-note', d.issued_on::text, d.number, d.currency, d.total_minor::text,
             (d.total_minor + coalesce((select sum(m.amount_minor) from receivable_movements m where m.credit_note_id = d.id and m.on_day <= ${to}::date), 0))::text
      from documents d
      where d.customer_id = ${customerId} and d.type = 'credit-note' and d.issued_on <= ${to}::date and (d.voided_on is null or d.voided_on > ${to}::date)
    ) u where u.unapplied <> '0' order by u.on_day, u.id limit ${mostOpenItems}`)
  return rows
}

/**
 * The account of a customer: for each currency what was owed before the period, what moved it, what was owed at its end, and of what that consists: open
 * items by age and money that is not applied. Exact at any past day. For callers that have decided that the customer may be seen. Refuses
 * `statement-too-long`.
 */
export async function findStatement(
  db: Querier,
  customerId: string,
  period: { from: CalendarDay; to: CalendarDay; timeZone: string; most?: number },
) {
  const { from, to, timeZone } = period
  const [customer] = await db.select().from(customers).where(eq(customers.id, customerId))
  if (!customer) throw new Refusal('not-found')
  const openings = await findOpenings(db, customerId, from)
  const lines = await findLines(db, customerId, from, to, period.most ?? mostLines)
  const items = await findOpenItems(db, customerId, to, timeZone)
  const unapplied = await findUnapplied(db, customerId, to)
  const currencies = new Set([...items, ...unapplied, ...lines].map((row) => row.currency))
  for (const [currency, minor] of openings) if (minor !== 0n) currencies.add(currency)
  return {
    customer: {
      id: customer.id,
      code: customer.code,
      name: customer.name,
      taxId: customer.taxId,
      address: customer.address,
      city: customer.city,
      language: customer.language === 'en' ? ('en' as const) : ('es' as const),
    },
    from,
    to,
    accounts: [...currencies].sort().map((currency) => {
      const say = (minor: bigint | string) => formatAmount(BigInt(minor), currency)
      const opening = openings.get(currency) ?? 0n
      let balance = opening
      let charged = 0n
      let credited = 0n
      const said = lines
        .filter((line) => line.currency === currency)
        .map((line) => {
          const minor = BigInt(line.minor)
          balance += minor
          if (minor > 0n) charged += minor
          else credited -= minor
          return {
            on: line.on_day,
            kind: line.kind,
            number: line.number,
            instalment: line.instalment,
            instalments: line.instalments,
            dueOn: line.due_on,
            reason: line.reason,
            amount: say(minor),
            balance: say(balance),
          }
        })
      const open = items.filter((item) => item.currency === currency)
      const aging = agingOf(
        open.map((item) => ({ dueOn: item.due_on, balanceMinor: BigInt(item.balance), currency })),
        to,
      )[0]
      const loose = unapplied.filter((row) => row.currency === currency)
      const looseMinor = loose.reduce((sum, row) => sum + BigInt(row.unapplied), 0n)
      return {
        currency,
        opening: say(opening),
        charged: say(charged),
        credited: say(credited),
        closing: say(balance),
        lines: said,
        items: open.map((item) => ({
          receivableId: item.receivable_id,
          documentType: item.type,
          number: item.number,
          instalment: item.instalment,
          issuedOn: item.issued_on,
          dueOn: item.due_on,
          daysOverdue: daysBetween(item.due_on, to),
          bucket: agingBucketOf(item.due_on, to),
          amount: say(item.amount),
          balance: say(item.balance),
          disputed: item.disputed,
        })),
        unapplied: loose.map((row) => ({
          id: row.id,
          kind: row.kind,
          on: row.on_day,
          number: row.number,
          amount: say(row.amount),
          unapplied: say(row.unapplied),
        })),
        aging: {
          notDue: say(aging?.notDue ?? 0n),
          days1To30: say(aging?.days1To30 ?? 0n),
          days31To60: say(aging?.days31To60 ?? 0n),
          days61To90: say(aging?.days61To90 ?? 0n),
          over90: say(aging?.over90 ?? 0n),
          balance: say(aging?.balance ?? 0n),
          unapplied: say(looseMinor),
          net: say((aging?.balance ?? 0n) - looseMinor),
        },
      }
    }),
  }
}

export type Statement = Awaited<ReturnType<typeof findStatement>>

/** The days of a statement as told, filled up and checked: refuses `day-in-future`, `period-reversed`. */
export async function statementPeriod(ctx: AppContext, period: StatementPeriod) {
  const today = await companyToday(ctx)
  const { timeZone } = await findCompany(ctx.db)
  const to = period.to ?? today
  const from = period.from ?? addDays(to, -90)
  if (to > today) throw new Refusal('day-in-future', { field: 'to' })
  if (from > to) throw new Refusal('period-reversed', { field: 'from' })
  return { from, to, timeZone }
}

/** The statement of a customer that the viewer sees. Refuses `not-found`, `day-in-future`, `period-reversed`, `statement-too-long`. */
export async function readStatement(ctx: AppContext, viewer: Viewer, customerId: string, period: StatementPeriod) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const statement = await findStatement(ctx.db, customerId, await statementPeriod(ctx, period))
  const { language: _, ...customer } = statement.customer
  return { ...statement, customer }
}
