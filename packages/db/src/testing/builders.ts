import { randomUUID } from 'node:crypto'
import { permissions } from '@cartera/domain/access/permissions'
import type { Database } from '../connect.ts'
import { cases, caseTypes } from '../schema/cases.ts'
import { contacts, customers, notes } from '../schema/customers.ts'
import { followUpActivities, followUpDocuments, followUpSituations, followUps, followUpTypes } from '../schema/follow-ups.ts'
import { interactionEntries, interactions, interactionTopics, products } from '../schema/interactions.ts'
import { noticeRules, noticeRuleVersions } from '../schema/notices.ts'
import { opportunities, opportunityStages } from '../schema/opportunities.ts'
import { accessProfiles, branches, company, departments, mailAccounts, users } from '../schema/organisation.ts'
import { quotes } from '../schema/quotes.ts'
import { documents, payments, receivableMovements, receivables } from '../schema/receivables.ts'

// Builders with defaults: each makes the parents that it is not given, so a test says only what it is about.

const some = (word: string) => `${word} ${randomUUID().slice(0, 8)}`

function only<T>(rows: T[]): T {
  const [row] = rows
  if (!row) throw new Error('nothing was written')
  return row
}

export async function aCompany(db: Database, over: Partial<typeof company.$inferInsert> = {}) {
  const rules = await db
    .insert(noticeRules)
    .values([
      { code: 'preventive-7', kind: 'preventive', days: 7, description: '7 días antes' },
      { code: 'overdue-7', kind: 'overdue', days: 7, description: '7 días después' },
    ])
    .returning()
  await db
    .insert(noticeRuleVersions)
    .values(rules.map((rule) => ({ ruleId: rule.id, version: 1, description: rule.description, days: rule.days })))
  return only(
    await db
      .insert(company)
      .values({
        name: 'Comercial Andina',
        timeZone: 'America/Bogota',
        currency: 'USD',
        locale: 'es',
        reminderRuleIds: rules.filter((rule) => rule.kind === 'preventive').map((rule) => rule.id),
        overdueRuleIds: rules.filter((rule) => rule.kind === 'overdue').map((rule) => rule.id),
        ...over,
      })
      .returning(),
  )
}

export async function aBranch(db: Database, over: Partial<typeof branches.$inferInsert> = {}) {
  return only(
    await db
      .insert(branches)
      .values({ code: randomUUID().slice(0, 8), name: some('Sucursal'), ...over })
      .returning(),
  )
}

export async function aDepartment(db: Database, over: Partial<typeof departments.$inferInsert> = {}) {
  return only(
    await db
      .insert(departments)
      .values({ code: randomUUID().slice(0, 8), name: some('Departamento'), ...over })
      .returning(),
  )
}

/** Level 1 with every permission unless told. */
export async function aProfile(db: Database, over: Partial<typeof accessProfiles.$inferInsert> = {}) {
  return only(
    await db
      .insert(accessProfiles)
      .values({ name: some('Perfil'), level: 1, permissions: [...permissions], ...over })
      .returning(),
  )
}

/** A user who cannot sign in (no real password hash) unless given one. `level` and `permissions` make a profile for them. */
export async function aUser(
  db: Database,
  over: Partial<typeof users.$inferInsert> & {
    level?: 1 | 2 | 3 | 4
    customerLevel?: 1 | 2 | 3 | 4
    permissions?: string[]
  } = {},
) {
  const { level, customerLevel, permissions: allowed, ...fields } = over
  const profileId =
    fields.profileId ??
    (
      await aProfile(db, {
        ...(level === undefined ? {} : { level }),
        ...(customerLevel === undefined ? {} : { customerLevel }),
        ...(allowed === undefined ? {} : { permissions: allowed }),
      })
    ).id
  const branchId = fields.branchId ?? (await aBranch(db)).id
  const departmentId = fields.departmentId === undefined ? (await aDepartment(db)).id : fields.departmentId
  return only(
    await db
      .insert(users)
      .values({
        name: some('Persona'),
        email: `${randomUUID()}@cartera.test`,
        passwordHash: 'none',
        ...fields,
        profileId,
        branchId,
        departmentId,
      })
      .returning(),
  )
}

/** A verified mail account on loopback unless told otherwise. */
export async function aMailAccount(db: Database, over: Partial<typeof mailAccounts.$inferInsert> & { userId: string }) {
  return only(
    await db
      .insert(mailAccounts)
      .values({
        address: `${randomUUID()}@cartera.test`,
        displayName: 'Cobranza',
        host: '127.0.0.1',
        port: 2525,
        security: 'none',
        state: 'verified',
        ...over,
      })
      .returning(),
  )
}

export async function aCustomer(db: Database, over: Partial<typeof customers.$inferInsert> = {}) {
  return only(
    await db
      .insert(customers)
      .values({ code: `C-${randomUUID().slice(0, 8)}`, name: some('Cliente'), email: `${randomUUID()}@cliente.test`, ...over })
      .returning(),
  )
}

export async function aContact(db: Database, over: Partial<typeof contacts.$inferInsert> = {}) {
  const customerId = over.customerId ?? (await aCustomer(db)).id
  return only(
    await db
      .insert(contacts)
      .values({ name: some('Contacto'), email: `${randomUUID()}@cliente.test`, ...over, customerId })
      .returning(),
  )
}

export async function aNote(db: Database, over: Partial<typeof notes.$inferInsert> = {}) {
  const customerId = over.customerId ?? (await aCustomer(db)).id
  const authorId = over.authorId ?? (await aUser(db)).id
  return only(
    await db
      .insert(notes)
      .values({ body: some('Llamada'), ...over, customerId, authorId })
      .returning(),
  )
}

/** An open receivable of 100.00 USD, issued 2026-02-01 and due 2026-03-03, with its document and the movements that make its balance. */
export async function aReceivable(db: Database, over: Partial<typeof receivables.$inferInsert> & { number?: string } = {}) {
  const { number, ...fields } = over
  const customerId = fields.customerId ?? (await aCustomer(db)).id
  const issuedOn = fields.issuedOn ?? '2026-02-01'
  const currency = fields.currency ?? 'USD'
  const amountMinor = fields.amountMinor ?? 10_000n
  const documentId =
    fields.documentId ??
    only(
      await db
        .insert(documents)
        .values({
          customerId,
          number: number ?? fields.externalId ?? randomUUID().slice(0, 8),
          issuedOn,
          currency,
          totalMinor: amountMinor,
        })
        .returning(),
    ).id
  const receivable = only(
    await db
      .insert(receivables)
      .values({
        externalId: randomUUID(),
        dueOn: '2026-03-03',
        balanceMinor: amountMinor,
        ...fields,
        customerId,
        documentId,
        issuedOn,
        currency,
        amountMinor,
      })
      .returning(),
  )
  const moved = { receivableId: receivable.id, customerId, onDay: issuedOn, currency }
  if (amountMinor > 0n) await db.insert(receivableMovements).values({ ...moved, kind: 'charge', amountMinor })
  if (receivable.balanceMinor !== amountMinor)
    await db
      .insert(receivableMovements)
      .values({ ...moved, kind: 'correction', amountMinor: receivable.balanceMinor - amountMinor })
  return receivable
}

/** A payment of 100.00 USD on 2026-03-02, unapplied. */
export async function aPayment(db: Database, over: Partial<typeof payments.$inferInsert> = {}) {
  const customerId = over.customerId ?? (await aCustomer(db)).id
  const amountMinor = over.amountMinor ?? 10_000n
  return only(
    await db
      .insert(payments)
      .values({ paidOn: '2026-03-02', currency: 'USD', unappliedMinor: amountMinor, ...over, customerId, amountMinor })
      .returning(),
  )
}

export async function aProduct(db: Database, over: Partial<typeof products.$inferInsert> = {}) {
  return only(
    await db
      .insert(products)
      .values({ code: randomUUID().slice(0, 8), name: some('Producto'), ...over })
      .returning(),
  )
}

export async function anInteractionTopic(db: Database, over: Partial<typeof interactionTopics.$inferInsert> = {}) {
  return only(
    await db
      .insert(interactionTopics)
      .values({ name: some('Tema'), ...over })
      .returning(),
  )
}

export async function aCaseType(db: Database, over: Partial<typeof caseTypes.$inferInsert> = {}) {
  return only(
    await db
      .insert(caseTypes)
      .values({ name: some('Tipo'), ...over })
      .returning(),
  )
}

/** An open case, due on 2026-03-20. */
export async function aCase(db: Database, over: Partial<typeof cases.$inferInsert> = {}) {
  const customerId = over.customerId ?? (await aCustomer(db)).id
  const ownerId = over.ownerId ?? (await aUser(db)).id
  return only(
    await db
      .insert(cases)
      .values({ subject: some('Caso'), dueAt: new Date('2026-03-20T15:00:00Z'), ...over, customerId, ownerId })
      .returning(),
  )
}

/** An open opportunity of 100.00 USD, expected on 2026-04-01. */
export async function anOpportunity(db: Database, over: Partial<typeof opportunities.$inferInsert> = {}) {
  const customerId = over.customerId ?? (await aCustomer(db)).id
  const ownerId = over.ownerId ?? (await aUser(db)).id
  const stageId = over.stageId ?? (await anOpportunityStage(db)).id
  return only(
    await db
      .insert(opportunities)
      .values({
        name: some('Oportunidad'),
        amountMinor: 10_000n,
        currency: 'USD',
        probability: 10,
        expectedOn: '2026-04-01',
        ...over,
        customerId,
        ownerId,
        stageId,
      })
      .returning(),
  )
}

async function anOpportunityStage(db: Database) {
  return only(
    await db
      .insert(opportunityStages)
      .values({ name: some('Etapa'), position: 1, probability: 10 })
      .returning(),
  )
}

/** A quote of 100.00 USD without lines, valid until 2026-04-01; a draft unless told, else issued on 2026-03-02 with some document. */
export async function aQuote(db: Database, over: Partial<typeof quotes.$inferInsert> = {}) {
  const customerId = over.customerId ?? (await aCustomer(db)).id
  const ownerId = over.ownerId ?? (await aUser(db)).id
  const issued = (over.state ?? 'draft') === 'draft' ? {} : { issuedOn: '2026-03-02', pdf: Buffer.from('%PDF-') }
  return only(
    await db
      .insert(quotes)
      .values({
        subject: some('Cotización'),
        currency: 'USD',
        language: 'es',
        validUntil: '2026-04-01',
        netMinor: 10_000n,
        taxMinor: 0n,
        totalMinor: 10_000n,
        ...issued,
        ...over,
        customerId,
        ownerId,
        createdBy: over.createdBy ?? ownerId,
      })
      .returning(),
  )
}

/** An open interaction of 2026-03-02 with one entry, outgoing unless told. */
export async function anInteraction(
  db: Database,
  over: Partial<typeof interactions.$inferInsert> & {
    entry?: Partial<Pick<typeof interactionEntries.$inferInsert, 'kind' | 'body' | 'entryName'>>
  } = {},
) {
  const { entry = {}, ...fields } = over
  const customerId = fields.customerId ?? (await aCustomer(db)).id
  const ownerId = fields.ownerId ?? (await aUser(db)).id
  const topicId = fields.topicId ?? (await anInteractionTopic(db)).id
  const happenedAt = fields.happenedAt ?? new Date('2026-03-02T15:00:00Z')
  const entryName = entry.entryName ?? 'Persona'
  const interaction = only(
    await db
      .insert(interactions)
      .values({ lastEntryAt: happenedAt, lastEntryName: entryName, ...fields, happenedAt, customerId, ownerId, topicId })
      .returning(),
  )
  const written = only(
    await db
      .insert(interactionEntries)
      .values({
        kind: 'outgoing',
        body: some('Conversación'),
        ...entry,
        entryName,
        interactionId: interaction.id,
        writtenAt: happenedAt,
        authorId: ownerId,
      })
      .returning(),
  )
  return { ...interaction, entryId: written.id }
}

export async function aFollowUpType(db: Database, over: Partial<typeof followUpTypes.$inferInsert> = {}) {
  return only(
    await db
      .insert(followUpTypes)
      .values({ name: some('Cobranza'), ...over })
      .returning(),
  )
}

export async function aFollowUpSituation(db: Database, over: Partial<typeof followUpSituations.$inferInsert> = {}) {
  return only(
    await db
      .insert(followUpSituations)
      .values({ name: some('Pendiente de pago'), ...over })
      .returning(),
  )
}

export async function aFollowUpActivity(db: Database, over: Partial<typeof followUpActivities.$inferInsert> = {}) {
  return only(
    await db
      .insert(followUpActivities)
      .values({ name: some('Fecha acordada'), ...over })
      .returning(),
  )
}

export async function aFollowUpDocument(db: Database, over: Partial<typeof followUpDocuments.$inferInsert> = {}) {
  const values = { name: some('Circular'), title: 'Circular de cobro', body: 'Estimados {{ customer.name }}:' }
  return only(
    await db
      .insert(followUpDocuments)
      .values({ ...values, ...over })
      .returning(),
  )
}

export async function aFollowUp(db: Database, over: Partial<typeof followUps.$inferInsert> = {}) {
  const customerId = over.customerId ?? (await aCustomer(db)).id
  const ownerId = over.ownerId ?? (await aUser(db)).id
  const typeId = over.typeId ?? (await aFollowUpType(db)).id
  return only(
    await db
      .insert(followUps)
      .values({ subject: some('Llamar'), dueAt: new Date('2026-03-02T20:00:00Z'), ...over, customerId, ownerId, typeId })
      .returning(),
  )
}
