import { auditLog } from '@cartera/db/schema/audit'
import { contacts, customerImages, customers, customFields, notes } from '@cartera/db/schema/customers'
import { interests } from '@cartera/db/schema/interests'
import { noticePauses, noticeSettings } from '@cartera/db/schema/notices'
import { documents, payments, receivableMovements, receivables } from '@cartera/db/schema/receivables'
import {
  aCompany,
  aContact,
  aCustomer,
  aFollowUp,
  aNote,
  anInteraction,
  aPayment,
  aProduct,
  aProfile,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readCustomer } from '../customers/customer-row.ts'
import { listCustomers } from '../customers/list-customers.ts'
import { upsertCustomers } from '../customers/upsert-customers.ts'
import { recordPayment } from '../payments/record-payment.ts'
import { upsertReceivables } from '../receivables/upsert-receivables.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { customerTimeline } from '../timeline/customer-timeline.ts'
import { findCustomerReferences, settledIndexes } from './customer-references.ts'
import { findPossibleDuplicates, listDuplicateGroups } from './find-duplicate-groups.ts'
import { listMerges, previewMerge } from './find-merges.ts'
import { mergeCustomers } from './merge-customers.ts'
import { listDistinctions, takeDistinctionBack, tellApart } from './tell-apart.ts'
import { undoMerge } from './undo-merge.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let viewer: Viewer
let productId: string
const as = async (userId: string) => {
  const found = await findViewerByUser(ctx, userId)
  if (!found) throw new Error('nobody')
  return found
}
beforeAll(async () => {
  await aCompany(db(), { timeZone: 'America/Guayaquil' })
  viewer = await as((await aUser(db())).id)
  productId = (await aProduct(db())).id
  await db().insert(customFields).values({ key: 'zona', name: 'Zona', kind: 'text' })
})
beforeEach(async () => {
  await db().execute(sql`truncate customers, customer_merges, documents, audit_log cascade`)
  ctx.at('2026-03-11T15:00:00Z')
})

type Sides = Parameters<typeof mergeCustomers>[3]['sides']
async function merge(survivorId: string, mergedId: string, sides: Sides = {}, by = viewer) {
  const versionOf = async (id: string) => {
    const [row] = await db().select({ version: customers.version }).from(customers).where(eq(customers.id, id))
    return row?.version ?? 0
  }
  const [version, mergedVersion] = [await versionOf(survivorId), await versionOf(mergedId)]
  return mergeCustomers(ctx, by, survivorId, { mergedId, sides, version, mergedVersion })
}
const refusal = async (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof Refusal ? error.code : error),
  )
const row = async (id: string) => (await db().select().from(customers).where(eq(customers.id, id)))[0]

/** Every row of every table but the merge's own history and the audit log, apart from versions and when rows were written. */
async function dump(): Promise<Record<string, unknown[]>> {
  const tables = await db().execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' and tablename not in ('audit_log', 'customer_merges', 'customer_merge_rows') order by 1`,
  )
  const all: Record<string, unknown[]> = {}
  for (const { name } of tables.rows) {
    const { rows } = await db().execute<{ row: unknown }>(
      sql`select to_jsonb(t) - 'version' - 'updated_at' as row from ${sql.identifier(name)} t order by to_jsonb(t)::text`,
    )
    all[name] = rows.map((each) => each.row).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  return all
}

/** Two customers who have everything that can collide, and something of each kind of record. */
async function twins() {
  const stranger = await aUser(db(), { profileId: (await aProfile(db(), { level: 4 })).id })
  const made = []
  for (const [index, over] of [
    { code: 'C-1', externalId: 'ERP-1', name: 'Andina', email: 'pagos@andina.test', custom: { zona: 'norte' } },
    {
      code: 'C-2',
      externalId: 'ERP-2',
      name: 'Andina S.A.',
      taxIdType: 'ruc',
      taxId: '1790012345001',
      status: 'restricted' as const,
      creditHoldReason: 'Mora',
      creditHoldBy: stranger.id,
      creditHoldAt: new Date('2026-01-05T10:00:00Z'),
      creditLimitMinor: 500_000n,
      creditCurrency: 'USD',
      noticesPausedUntil: '2026-04-30',
      custom: { zona: 'sur' },
    },
  ].entries()) {
    const customer = await aCustomer(db(), over)
    const of = { customerId: customer.id }
    const contact = await aContact(db(), { ...of, isMain: true, email: 'ana@andina.test', receivesNotices: true })
    const note = await aNote(db(), { ...of, authorId: stranger.id })
    const receivable = await aReceivable(db(), { ...of, number: '001-15', externalId: `R-${index}`, dueOn: '2026-03-20' })
    const followUp = await aFollowUp(db(), { ...of, contactId: contact.id })
    const interaction = await anInteraction(db(), { ...of, contactId: contact.id })
    const payment = await aPayment(db(), of)
    await db()
      .insert(interests)
      .values([
        { ...of, productId, shownOn: '2026-01-01' },
        { ...of, productId, contactId: contact.id, shownOn: '2026-01-02' },
      ])
    await db()
      .insert(noticePauses)
      .values({ ...of, untilOn: index === 0 ? '2026-03-31' : '2026-04-30', reason: 'Acuerdo' })
    await db()
      .insert(noticeSettings)
      .values({ ...of, subject: `Asunto ${index}`, version: 1 })
    await db()
      .insert(customerImages)
      .values({ ...of, content: Buffer.from([index, 255]), hash: `h${index}`, updatedAt: new Date() })
    made.push({ customer, contact, note, receivable, followUp, interaction, payment })
  }
  await db().update(customers).set({ noticesPausedUntil: '2026-03-31' }).where(eq(customers.code, 'C-1'))
  const [one, other] = made
  if (!one || !other) throw new Error('two were made')
  return { one, other, stranger }
}

describe('merging', () => {
  test('everything passes to the survivor, from every table that refers to customers, and the older values stay where they were not empty', async () => {
    const { one, other } = await twins()
    await merge(one.customer.id, other.customer.id)
    for (const { table, column, single } of await findCustomerReferences(db())) {
      const { rows } = await db().execute(
        sql`select 1 from ${sql.identifier(table)} where ${sql.identifier(column)} = ${other.customer.id}`,
      )
      expect([table, column, rows.length]).toEqual([table, column, single ? rows.length : 0])
    }
    expect(await row(one.customer.id)).toMatchObject({
      name: 'Andina',
      code: 'C-1',
      externalId: 'ERP-1',
      taxId: '1790012345001',
      taxIdType: 'ruc',
      // What protects the company stays, whoever has it.
      status: 'restricted',
      creditHoldReason: 'Mora',
      creditLimitMinor: 500_000n,
      noticesPausedUntil: '2026-04-30',
      custom: { zona: 'norte' },
    })
    const numbers = await db().select({ number: documents.number }).from(documents).orderBy(documents.number)
    expect(numbers).toEqual([{ number: '001-15' }, { number: '001-15 (2)' }])
    expect(await db().select().from(contacts).where(eq(contacts.isMain, true))).toHaveLength(1)
  })

  test('everything that refers to a customer by a unique index is settled before rows move', async () => {
    const references = await findCustomerReferences(db())
    const { rows } = await db().execute<{ table: string; index: string; definition: string }>(sql`
      select t.relname as table, i.relname as index, pg_get_indexdef(i.oid) as definition
      from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid where x.indisunique`)
    const unsettled = rows.filter(({ table, index, definition }) =>
      references.some(
        (each) =>
          each.table === table &&
          !each.single &&
          definition.includes(each.column) &&
          !settledIndexes.some((name) => name === index),
      ),
    )
    expect(unsettled.map((each) => each.index)).toEqual([])
    // One row by one is moved by its id.
    expect(references.filter((each) => !each.single && !each.columns.includes('id')).map((each) => each.table)).toEqual([])
  })

  test('the values that were chosen stay, keys too; both ids lead to the survivor', async () => {
    const { one, other } = await twins()
    await merge(one.customer.id, other.customer.id, {
      code: 'merged',
      externalId: 'merged',
      status: 'survivor',
      creditHold: 'survivor',
      'custom.zona': 'merged',
      noticeSettings: 'merged',
      picture: 'merged',
    })
    expect(await row(one.customer.id)).toMatchObject({
      code: 'C-2',
      externalId: 'ERP-2',
      status: 'active',
      creditHoldReason: null,
      custom: { zona: 'sur' },
    })
    expect(await row(other.customer.id)).toMatchObject({ code: 'C-1', externalId: 'ERP-1' })
    const [settings] = await db().select().from(noticeSettings).where(eq(noticeSettings.customerId, one.customer.id))
    expect(settings).toMatchObject({ subject: 'Asunto 1', version: 2 })
    const [picture] = await db().select().from(customerImages).where(eq(customerImages.customerId, one.customer.id))
    expect(picture?.content).toEqual(Buffer.from([1, 255]))
  })

  test('the old address, code and external id lead to the survivor; integrators go on as before', async () => {
    const { one, other } = await twins()
    await merge(one.customer.id, other.customer.id)
    expect((await readCustomer(ctx, viewer, other.customer.id)).id).toBe(one.customer.id)
    for (const q of ['C-2', 'erp-2', 'andina s.a.'])
      expect((await listCustomers(ctx, viewer, { q })).items.map((each) => each.id)).toEqual([one.customer.id])
    expect(
      await upsertCustomers(ctx, viewer, { items: [{ externalId: 'ERP-2', name: 'Andina S.A.', city: 'Quito', code: 'C-2' }] }),
    ).toEqual({ created: 0, changed: 0, unchanged: 1 })
    expect(await row(one.customer.id)).toMatchObject({ name: 'Andina', city: null })
    const stated = {
      externalId: 'R-1',
      customerExternalId: 'ERP-2',
      number: '001-15',
      issuedOn: other.receivable.issuedOn,
      dueOn: other.receivable.dueOn,
      currency: other.receivable.currency,
      amount: '100.00',
    }
    expect(await upsertReceivables(ctx, viewer, { items: [stated] })).toEqual({ created: 0, changed: 0, unchanged: 1 })
    expect(await upsertReceivables(ctx, viewer, { items: [stated, { ...stated, externalId: 'R-9', number: '001-16' }] })).toEqual(
      { created: 1, changed: 0, unchanged: 1 },
    )
    const [fresh] = await db().select().from(receivables).where(eq(receivables.externalId, 'R-9'))
    expect(fresh?.customerId).toBe(one.customer.id)
  })

  test('chains lead to who is there now', async () => {
    const [a, b, c] = [await aCustomer(db(), { code: 'A-1' }), await aCustomer(db()), await aCustomer(db())]
    const first = await merge(b.id, a.id)
    const second = await merge(c.id, b.id)
    expect((await readCustomer(ctx, viewer, a.id)).id).toBe(c.id)
    expect((await listCustomers(ctx, viewer, { q: 'A-1' })).items.map((each) => each.id)).toEqual([c.id])
    expect(await refusal(undoMerge(ctx, viewer, first.id))).toBe('merge-followed')
    await undoMerge(ctx, viewer, second.id)
    expect((await readCustomer(ctx, viewer, a.id)).id).toBe(b.id)
    await undoMerge(ctx, viewer, first.id)
    expect((await readCustomer(ctx, viewer, a.id)).id).toBe(a.id)
  })

  test('of two who merge the same pair at once, whichever survives, one does', async () => {
    const [a, b] = [await aCustomer(db()), await aCustomer(db())]
    const outcomes = await Promise.all([
      refusal(mergeCustomers(ctx, viewer, a.id, { mergedId: b.id, sides: {}, version: 1, mergedVersion: 1 })),
      refusal(mergeCustomers(ctx, viewer, b.id, { mergedId: a.id, sides: {}, version: 1, mergedVersion: 1 })),
      refusal(mergeCustomers(ctx, viewer, a.id, { mergedId: b.id, sides: {}, version: 1, mergedVersion: 1 })),
    ])
    expect(outcomes.filter((each) => each === null)).toHaveLength(1)
    expect(outcomes.filter((each) => each === 'not-found')).toHaveLength(2)
  })

  test('what somebody writes while the customer is merged goes where the rest went', async () => {
    const [a, b] = [await aCustomer(db()), await aCustomer(db())]
    const writer = await database.pool.connect()
    try {
      await writer.query('begin')
      // Holds the customer as a merge does, so that the other one's reference has to wait.
      let written: Promise<unknown> = Promise.resolve()
      await ctx.db.transaction(async (tx) => {
        await tx.execute(sql`select 1 from customers where id = ${b.id} for update`)
        await tx.execute(sql`insert into customer_merges (id, survivor_id, merged_id, before, after, merged_before, merged_after, merged_by, merged_at)
          values (gen_random_uuid(), ${a.id}, ${b.id}, '{}', '{}', '{}', '{}', ${viewer.userId}, now())`)
        written = writer.query('insert into notes (id, customer_id, author_id, body) values (gen_random_uuid(), $1, $2, $3)', [
          b.id,
          viewer.userId,
          'Llamó',
        ])
        for (;;) {
          const { rows } = await db().execute(
            sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'insert into notes%'`,
          )
          if (rows.length > 0) break
        }
        await tx.execute(sql`update customers set merged_into_id = ${a.id}, deleted_at = now() where id = ${b.id}`)
      })
      await written
      await writer.query('commit')
    } finally {
      writer.release()
    }
    expect((await db().select().from(notes)).map((note) => note.customerId)).toEqual([a.id])
  })

  test('refused without permission, for oneself, out of sight, and when somebody changed either meanwhile', async () => {
    const reader = await as((await aUser(db(), { profileId: (await aProfile(db(), { level: 1, permissions: [] })).id })).id)
    const narrow = await as(
      (
        await aUser(db(), {
          profileId: (await aProfile(db(), { level: 4, customerLevel: 4, permissions: ['manage-customers'] })).id,
        })
      ).id,
    )
    const [mine, other] = [await aCustomer(db(), { preferredAgentId: narrow.userId }), await aCustomer(db())]
    expect(await refusal(merge(mine.id, other.id, {}, reader))).toBe('not-allowed')
    expect(await refusal(merge(mine.id, other.id, {}, narrow))).toBe('not-found')
    expect(await refusal(merge(mine.id, mine.id))).toBe('merge-same-customer')
    expect(
      await refusal(mergeCustomers(ctx, viewer, mine.id, { mergedId: other.id, sides: {}, version: 1, mergedVersion: 2 })),
    ).toBe('changed-meanwhile')
    const { id } = await merge(mine.id, other.id)
    // Whoever did not see both does not see that they were merged.
    expect((await listMerges(ctx, narrow, {})).items).toEqual([])
    expect(await refusal(undoMerge(ctx, narrow, id))).toBe('not-found')
    expect(await refusal(undoMerge(ctx, reader, id))).toBe('not-allowed')
  })

  test('the preview counts what its reader sees, and what stays as the merge does it', async () => {
    const { one, other } = await twins()
    const seen = await previewMerge(ctx, viewer, one.customer.id, other.customer.id)
    expect(seen.renumbered).toBe(1)
    expect(Object.fromEntries(seen.moves.map((each) => [each.table, each.count]))).toMatchObject({
      contacts: 1,
      notes: 1,
      receivables: 1,
      payments: 1,
      interests: 2,
    })
    expect(Object.fromEntries(seen.parts.map((each) => [each.part, each.side]))).toMatchObject({
      name: 'survivor',
      taxId: 'merged',
      status: 'merged',
      creditHold: 'merged',
      noticeSettings: 'survivor',
      'custom.zona': 'survivor',
    })
    const narrow = await as(
      (await aUser(db(), { profileId: (await aProfile(db(), { level: 4, permissions: ['manage-customers'] })).id })).id,
    )
    const less = await previewMerge(ctx, narrow, one.customer.id, other.customer.id)
    expect(less.moves.map((each) => each.table)).not.toContain('notes')
    await merge(one.customer.id, other.customer.id, {}, narrow)
    expect((await db().select().from(notes).where(eq(notes.customerId, one.customer.id))).length).toBe(2)
  })

  test('it is told in the timeline of the survivor and in the audit log of both', async () => {
    const { one, other } = await twins()
    const { id } = await merge(one.customer.id, other.customer.id)
    const told = await customerTimeline(ctx, viewer, one.customer.id, { kind: 'merge' })
    expect(told.items).toMatchObject([
      { kind: 'merge', title: 'C-2 Andina S.A.', detail: 'merged', person: { id: viewer.userId } },
    ])
    ctx.at('2026-03-12T15:00:00Z')
    await undoMerge(ctx, viewer, id)
    expect((await customerTimeline(ctx, viewer, one.customer.id, { kind: 'merge' })).items.map((each) => each.detail)).toEqual([
      'undone',
      'merged',
    ])
    const audit = await db().select().from(auditLog).where(eq(auditLog.entity, 'customer'))
    expect(audit.map((each) => [each.action, each.entityId])).toEqual(
      expect.arrayContaining([
        ['merge', one.customer.id],
        ['merge', other.customer.id],
        ['unmerge', one.customer.id],
        ['unmerge', other.customer.id],
      ]),
    )
  })
})

describe('undoing a merge', () => {
  test.each<[string, Sides]>([
    ['as usual', {}],
    [
      'with everything from the other',
      {
        name: 'merged',
        code: 'merged',
        externalId: 'merged',
        noticeSettings: 'merged',
        picture: 'merged',
        'custom.zona': 'merged',
      },
    ],
  ])('everything is as it was, %s', async (_, sides) => {
    const { one, other } = await twins()
    const before = await dump()
    const { id } = await merge(one.customer.id, other.customer.id, sides)
    expect(await dump()).not.toEqual(before)
    await undoMerge(ctx, viewer, id)
    expect(await dump()).toEqual(before)
    expect(await refusal(undoMerge(ctx, viewer, id))).toBe('merge-undone')
    expect((await listMerges(ctx, viewer, {})).items).toMatchObject([{ undoneBy: { id: viewer.userId } }])
  })

  test('what was recorded since stays at the survivor, what somebody changed since too, and what hangs on what returns goes along', async () => {
    const { one, other } = await twins()
    const { id } = await merge(one.customer.id, other.customer.id)
    const note = await aNote(db(), { customerId: one.customer.id })
    await db().update(customers).set({ taxId: '999', status: 'suspended' }).where(eq(customers.id, one.customer.id))
    await db().insert(receivableMovements).values({
      receivableId: other.receivable.id,
      customerId: one.customer.id,
      onDay: '2026-03-11',
      kind: 'write-off',
      currency: other.receivable.currency,
      amountMinor: -1n,
    })
    await undoMerge(ctx, viewer, id)
    const [kept] = await db().select().from(notes).where(eq(notes.id, note.id))
    expect(kept?.customerId).toBe(one.customer.id)
    expect(await row(one.customer.id)).toMatchObject({ taxId: '999', status: 'suspended', creditHoldReason: null })
    const [movement] = await db()
      .select()
      .from(receivableMovements)
      .where(and(eq(receivableMovements.receivableId, other.receivable.id), eq(receivableMovements.kind, 'write-off')))
    expect(movement?.customerId).toBe(other.customer.id)
  })

  test('refused where money received since pays receivables that would go back', async () => {
    const { one, other } = await twins()
    const { id } = await merge(one.customer.id, other.customer.id)
    await recordPayment(ctx, viewer, {
      customerId: one.customer.id,
      paidOn: '2026-03-11',
      currency: other.receivable.currency,
      amount: '10.00',
      applications: [{ receivableId: other.receivable.id, amount: '10.00' }],
    } as Parameters<typeof recordPayment>[2])
    const before = await dump()
    expect(await refusal(undoMerge(ctx, viewer, id))).toBe('merge-ledger-crossed')
    expect(await dump()).toEqual(before)
    expect(await db().select().from(payments)).toHaveLength(3)
  })
})

describe('finding possible duplicates', () => {
  const found = async (reason: Parameters<typeof listDuplicateGroups>[2]['reason'], by = viewer) => {
    const groups: string[][] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await listDuplicateGroups(ctx, by, { reason, ...(cursor ? { cursor } : {}) })
      groups.push(...page.items.map((each) => each.customers.map((one) => one.code).sort()))
      cursor = page.nextCursor
    }
    return groups
  }

  test('by tax id, e-mail and name however they are written, and by names that are nearly the same', async () => {
    await aCustomer(db(), { code: '1', name: 'Comercial Andina', taxId: '179-001.2345', email: 'a@x.test' })
    await aCustomer(db(), { code: '2', name: 'COMERCIAL ANDÍNA', taxId: '1790012345', email: 'A@X.test' })
    await aCustomer(db(), { code: '3', name: 'Comercial Andinna', taxId: '55' })
    await aCustomer(db(), { code: '4', name: 'Zapatos', taxId: '55' })
    expect(await found('taxId')).toEqual([['1', '2']])
    expect(await found('email')).toEqual([['1', '2']])
    expect(await found('name')).toEqual([['1', '2']])
    expect((await found('nearName')).flat()).toContain('3')
    expect((await found('nearName')).flat()).not.toContain('4')
  })

  test('page by page without a gap, and only among the customers that the reader sees', async () => {
    const narrow = await as(
      (
        await aUser(db(), {
          profileId: (await aProfile(db(), { level: 4, customerLevel: 4, permissions: ['manage-customers'] })).id,
        })
      ).id,
    )
    for (let index = 0; index < 45; index++)
      for (const twin of ['a', 'b'])
        await aCustomer(db(), {
          taxId: `${10_000 + index}`,
          ...(index < 3 || twin === 'a' ? { preferredAgentId: narrow.userId } : {}),
        })
    expect(await found('taxId')).toHaveLength(45)
    expect(await found('taxId', narrow)).toHaveLength(3)
  })

  test('a pair that somebody told apart is not proposed until that is taken back', async () => {
    const [a, b] = [await aCustomer(db(), { taxId: '12345' }), await aCustomer(db(), { taxId: '12345' })]
    const { id } = await tellApart(ctx, viewer, { customerIds: [b.id, a.id] })
    expect(await tellApart(ctx, viewer, { customerIds: [a.id, b.id] })).toEqual({ id })
    expect(await found('taxId')).toEqual([])
    expect((await findPossibleDuplicates(ctx, viewer, a.id)).items).toEqual([])
    expect((await listDistinctions(ctx, viewer, {})).items).toMatchObject([{ id, madeBy: { id: viewer.userId } }])
    // A third of the same number: it may be either of them.
    const c = await aCustomer(db(), { taxId: '12345' })
    expect(await found('taxId')).toHaveLength(1)
    expect((await findPossibleDuplicates(ctx, viewer, a.id)).items.map((each) => each.id)).toEqual([c.id])
    await takeDistinctionBack(ctx, viewer, id)
    expect((await findPossibleDuplicates(ctx, viewer, a.id)).items).toHaveLength(2)
  })
})
