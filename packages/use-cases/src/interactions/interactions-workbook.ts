import type { Readable } from 'node:stream'
import { customers } from '@cartera/db/schema/customers'
import { interactionEntries, interactions } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { type WorkbookCell, workbookStream } from '../exports/write-workbook.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import { filteredInteractions, type InteractionFilters, selectInteractions } from './find-interactions.ts'
import { interactionWords } from './interaction-words.ts'

const batchSize = 1000
const salespeople = alias(users, 'salesperson')

/**
 * The interactions under the filters as Excel with their conversations, in the viewer's reach. Streamed: memory stays flat however many there
 * are. Audited. Refuses `not-allowed` without the permission to export.
 */
export async function interactionsWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  input: InteractionFilters,
): Promise<{ fileName: string; stream: Readable }> {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const { timeZone } = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), timeZone)
  const language = await languageOf(ctx, viewer)
  const say = interactionWords[language]
  const where = await filteredInteractions(ctx, viewer, input)
  await recordAudit(ctx.db, ctx, viewer, {
    action: 'export',
    entity: 'interaction',
    entityId: today,
    changes: { filter: input },
  })
  const text = (header: string, width?: number) => ({ header, type: 'text' as const, ...(width ? { width } : {}) })
  const stream = workbookStream(
    [
      {
        name: say.interactions,
        columns: [
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
        ],
        rows: interactionRows(ctx, where, language),
      },
      {
        name: say.conversation,
        columns: [
          { header: say.number, type: 'integer' },
          text(say.customer, 36),
          { header: say.writtenAt, type: 'instant' },
          text(say.kind, 12),
          text(say.entryName),
          text(say.text, 80),
        ],
        rows: entryRows(ctx, where, language),
      },
    ],
    { timeZone },
  )
  return { fileName: `${say.file}-${today}.xlsx`, stream }
}

async function* interactionRows(ctx: AppContext, where: SQL | undefined, language: 'es' | 'en'): AsyncGenerator<WorkbookCell[]> {
  const say = interactionWords[language]
  for (let after = 0; ; ) {
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

async function salespeopleOf(ctx: AppContext, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))]
  if (wanted.length === 0) return new Map()
  const rows = await ctx.db
    .select({ id: salespeople.id, name: salespeople.name })
    .from(salespeople)
    .where(sql`${salespeople.id} = any(${sql.param(wanted)}::uuid[])`)
  return new Map(rows.map((row) => [row.id, row.name]))
}

async function* entryRows(ctx: AppContext, where: SQL | undefined, language: 'es' | 'en'): AsyncGenerator<WorkbookCell[]> {
  const say = interactionWords[language]
  for (let after: { number: number; at: string; id: string } | null = null; ; ) {
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
