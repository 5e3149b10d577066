import type { Querier, Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { followUpReceivables, followUps, followUpTypes } from '@cartera/db/schema/follow-ups'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { postponedDueAt } from '@cartera/domain/follow-ups/postponement'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { type Company, companyCalendar, findCompany } from '../company/company-settings.ts'
import { installedTexts } from '../set-up/installed-texts.ts'

export interface OpenFollowUpInput {
  /** What opens it, once for ever: `promise-broken:<promise id>`, `address:<address>`. */
  originKey: string
  customerId: string
  subject: string
  description: string | null
  /** At once within business hours, else at the next opening, unless told. */
  dueAt?: Date | undefined
  /** Those of other customers are left out. */
  receivableIds?: readonly string[] | undefined
  /** Unless told (or no longer active): collections agent, preferred agent, the company's administrator. */
  ownerId?: string | null | undefined
  /** Of which installed type it is: collections unless told. */
  work?: 'collections' | 'orders' | undefined
}

/**
 * Opens the follow-up that a fact calls for, in that fact's own transaction; a system use case. Once per origin key: asked again, also by two at the
 * same time, it answers the first one and changes nothing. Refuses `not-found` for a customer that does not exist.
 */
export async function openFollowUp(
  tx: Transaction,
  ctx: AppContext,
  input: OpenFollowUpInput,
): Promise<{ id: string; opened: boolean }> {
  const [standing] = await tx.select({ id: followUps.id }).from(followUps).where(eq(followUps.originKey, input.originKey))
  if (standing) return { id: standing.id, opened: false }
  const [customer] = await tx.select().from(customers).where(eq(customers.id, input.customerId)).for('key share')
  if (!customer) throw new Refusal('not-found')
  const company = await findCompany(tx)
  const ownerId = await ownerOf(tx, company, [input.ownerId, customer.collectionsAgentId, customer.preferredAgentId])
  const typeId = await installedType(tx, ctx, company, input.work ?? 'collections')
  const dueAt = input.dueAt ?? (await nextOpenInstant(tx, ctx, company))
  const [made] = await tx
    .insert(followUps)
    .values({
      customerId: customer.id,
      typeId,
      ownerId,
      subject: input.subject.slice(0, 200),
      description: input.description?.slice(0, 5000) ?? null,
      dueAt,
      originKey: input.originKey,
      createdAt: ctx.now(),
    })
    .onConflictDoNothing({ target: followUps.originKey })
    .returning({ id: followUps.id })
  if (!made) {
    const [first] = await tx.select({ id: followUps.id }).from(followUps).where(eq(followUps.originKey, input.originKey))
    if (!first) throw new Error('the follow-up was neither written nor found')
    return { id: first.id, opened: false }
  }
  const wanted = [...new Set(input.receivableIds ?? [])]
  const linked =
    wanted.length === 0
      ? []
      : await tx
          .select({ id: receivables.id })
          .from(receivables)
          .where(and(inArray(receivables.id, wanted), eq(receivables.customerId, customer.id)))
          .orderBy(asc(receivables.id))
  if (linked.length > 0)
    await tx.insert(followUpReceivables).values(linked.map((row) => ({ followUpId: made.id, receivableId: row.id })))
  await recordAudit(tx, ctx, null, {
    action: 'create',
    entity: 'follow-up',
    entityId: made.id,
    changes: {
      customerId: customer.id,
      subject: input.subject,
      ownerId,
      originKey: input.originKey,
      dueAt: dueAt.toISOString(),
      receivableIds: linked.map((row) => row.id),
    },
  })
  return { id: made.id, opened: true }
}

/** The first of these people who is still active, else the company's administrator, else the oldest account of level 1. */
export async function ownerOf(tx: Querier, company: Company, wanted: readonly (string | null | undefined)[]): Promise<string> {
  const candidates = [...wanted, company.administratorId].filter((each) => typeof each === 'string')
  const active = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(inArray(users.id, candidates), eq(users.active, true)))
  const ids = new Set(active.map((row) => row.id))
  const first = candidates.find((each) => ids.has(each))
  if (first !== undefined) return first
  const [administrator] = await tx
    .select({ id: users.id })
    .from(users)
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(and(eq(users.active, true), eq(accessProfiles.level, 1)))
    .orderBy(asc(users.createdAt), asc(users.id))
    .limit(1)
  if (!administrator) throw new Error('nobody is there to own it')
  return administrator.id
}

/**
 * The installed type for a kind of work, by its name in either language; where the catalogue was renamed the oldest active type; where nothing is active the
 * installed one is added (or switched on) again.
 */
async function installedType(
  tx: Transaction,
  ctx: AppContext,
  company: Company,
  work: 'collections' | 'orders',
): Promise<string> {
  const at = work === 'collections' ? 0 : 1
  const spanish = installedTexts.es.followUpTypes[at]
  const english = installedTexts.en.followUpTypes[at]
  const named = sql`lower(${followUpTypes.name}) in (${spanish.toLowerCase()}, ${english.toLowerCase()})`
  const [type] = await tx
    .select({ id: followUpTypes.id })
    .from(followUpTypes)
    .where(eq(followUpTypes.active, true))
    .orderBy(sql`(${named}) desc`, asc(followUpTypes.createdAt), asc(followUpTypes.name))
    .limit(1)
    .for('key share')
  if (type) return type.id
  const { rows } = await tx.execute<{ id: string }>(sql`
    insert into follow_up_types (id, name, created_at)
    values (${v7()}, ${company.locale.startsWith('en') ? english : spanish}, ${ctx.now().toISOString()}::timestamptz)
    on conflict (lower(name)) do update set active = true, version = follow_up_types.version + 1
    returning id`)
  const [made] = rows
  if (!made) throw new Error('the type of follow-up was not written')
  await recordAudit(tx, ctx, null, {
    action: 'create',
    entity: 'follow-up-type',
    entityId: made.id,
    changes: { reason: 'no active type' },
  })
  return made.id
}

/** Now while the company is open, else its next opening: nobody is rung at night for what a machine found. */
async function nextOpenInstant(tx: Transaction, ctx: AppContext, company: Company): Promise<Date> {
  const now = ctx.now()
  return postponedDueAt({
    now,
    dueAt: now,
    hours: 0,
    businessHours: {
      calendar: await companyCalendar(tx),
      timeZone: company.timeZone,
      opensAt: company.opensAt,
      closesAt: company.closesAt,
    },
  })
}
