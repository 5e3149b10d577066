import { customers } from '@cartera/db/schema/customers'
import { interactionEntries, interactions } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import type { Language } from '../customers/customer-words.ts'
import type { WorkbookCell, WorkbookColumn, WorkbookSheet } from '../exports/write-workbook.ts'
import { filteredInteractions, type InteractionFilters, selectInteractions } from './find-interactions.ts'
import { interactionWords } from './interaction-words.ts'

const batchSize = 1000
const salespeople = alias(users, 'salesperson')

const text = (header: string, width?: number) => ({ header, type: 'text' as const, ...(width ? { width } : {}) })

/** The columns of interactions as a file. */
export function interactionColumns(language: Language): WorkbookColumn[] {
  const say = interactionWords[language]
  return [
    { header: say.number, type: 'integer' },
    { header: say.happenedAt, type: 'instant' },
    text(say.code, 12),
    text(say.customer, 36),
    text(say.topic, 18),
    text(say.state, 12),
    text(say.owner),
    text(say.contact),
    text(say.phone, 18),
    text(say.email, 28),
    text(say.salesContact),
    text(say.salesperson),
    text(say.reference),
    text(say.products, 36),
    { header: say.followUpOn, type: 'day' },
    { header: say.entries, type: 'integer' },
    { header: say.unanswered, type: 'instant' },
  ]
}

/** The interactions under the filters by number, row by row; `viewerNow` is asked before every batch. */
export async function* interactionRows(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  filters: InteractionFilters,
  language: Language,
): AsyncGenerator<WorkbookCell[]> {
  const say = interactionWords[language]
  for (let after = 0; ; ) {
    const where = await filteredInteractions(ctx, await viewerNow(), filters)
    const rows = await selectInteractions(ctx.db)
      .where(and(where, sql`${interactions.number} > ${after}`))
      .orderBy(asc(interactions.number))
      .limit(batchSize)
    const people = await salespeopleOf(
      ctx,
      rows.map(({ interaction }) => interaction.salespersonId),
    )
    for (const { interaction, ...row } of rows)
      yield [
        interaction.number,
        interaction.happenedAt,
        row.customerCode,
        row.customerName,
        row.topicName,
        say.states[interaction.state],
        row.ownerName,
        interaction.contactName,
        interaction.contactPhone,
        interaction.contactEmail,
        interaction.salesContact,
        people.get(interaction.salespersonId ?? '') ?? null,
        interaction.reference,
        row.products.map((product) => product.name).join(', ') || null,
        interaction.followUpOn,
        row.entryCount,
        interaction.unansweredSince,
      ]
    const last = rows.at(-1)
    if (last === undefined || rows.length < batchSize) return
    after = last.interaction.number
  }
}

/** What was said in the interactions under the filters, as a sheet of its own beside them. */
export function conversationSheet(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  filters: InteractionFilters,
  language: Language,
): WorkbookSheet {
  const say = interactionWords[language]
  return {
    name: say.conversation,
    columns: [
      { header: say.number, type: 'integer' },
      text(say.customer, 36),
      { header: say.writtenAt, type: 'instant' },
      text(say.kind, 12),
      text(say.entryName),
      text(say.text, 80),
    ],
    rows: entryRows(ctx, viewerNow, filters, language),
  }
}

async function salespeopleOf(ctx: AppContext, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))]
  if (wanted.length === 0) return new Map()
  const rows = await ctx.db
    .select({ id: salespeople.id, name: salespeople.name })
    .from(salespeople)
    .where(sql`${salespeople.id} = any(${sql.param(wanted)}::uuid[])`)
  return new Map(rows.map((row) => [row.id, row.name]))
}

async function* entryRows(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  filters: InteractionFilters,
  language: Language,
): AsyncGenerator<WorkbookCell[]> {
  const say = interactionWords[language]
  for (let after: { number: number; at: string; id: string } | null = null; ; ) {
    const where = await filteredInteractions(ctx, await viewerNow(), filters)
    const rows: Awaited<ReturnType<typeof readEntries>> = await readEntries(ctx, where, after)
    for (const row of rows) yield [row.number, row.customer, row.writtenAt, say.kinds[row.kind], row.entryName, row.body]
    const last = rows.at(-1)
    if (last === undefined || rows.length < batchSize) return
    after = { number: last.number, at: last.writtenAt.toISOString(), id: last.id }
  }
}

function readEntries(ctx: AppContext, where: SQL | undefined, after: { number: number; at: string; id: string } | null) {
  return ctx.db
    .select({
      id: interactionEntries.id,
      number: interactions.number,
      customer: customers.name,
      writtenAt: interactionEntries.writtenAt,
      kind: interactionEntries.kind,
      entryName: interactionEntries.entryName,
      body: interactionEntries.body,
    })
    .from(interactionEntries)
    .innerJoin(interactions, eq(interactions.id, interactionEntries.interactionId))
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(
      and(
        where,
        after === null
          ? undefined
          : sql`(${interactions.number}, ${interactionEntries.writtenAt}, ${interactionEntries.id}) > (${after.number}, ${after.at}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(asc(interactions.number), asc(interactionEntries.writtenAt), asc(interactionEntries.id))
    .limit(batchSize)
}
