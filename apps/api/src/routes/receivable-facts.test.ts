import { auditLog } from '@cartera/db/schema/audit'
import { followUps } from '@cartera/db/schema/follow-ups'
import { noticePauses } from '@cartera/db/schema/notices'
import { disputes, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aReceivable, aUser } from '@cartera/db/testing/builders'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
let clerk: Awaited<ReturnType<typeof api.signedIn>>

beforeAll(async () => {
  api.ctx.at('2026-03-02T15:00:00Z')
  await aUser(db())
  await aCompany(db())
  clerk = await api.signedIn({ permissions: ['manage-receivables'] })
})

const post = (url: string, body: object, who = clerk) => api.request().post(`/api/v1/${url}`).set(who.headers).send(body)
const standing = async (id: string) => (await db().select().from(receivables).where(eq(receivables.id, id)))[0]

describe('a due date is extended', () => {
  test('as a fact with its reason, the first and the next, audited; two people at once grant it once', async () => {
    const { id } = await aReceivable(db(), { dueOn: '2026-03-03' })
    const url = `receivables/${id}/extensions`
    const answers = await Promise.all([
      post(url, { dueOn: '2026-03-20', reason: 'Acuerdo' }),
      post(url, { dueOn: '2026-03-20', reason: 'Acuerdo' }),
    ])
    expect(answers.map((each) => each.status).sort()).toEqual([201, 422])
    const again = await post(url, { dueOn: '2026-04-20', reason: 'Otra vez' }).expect(201)
    expect(again.body.items).toMatchObject([
      { number: 1, fromDueOn: '2026-03-03', toDueOn: '2026-03-20', reason: 'Acuerdo', grantedBy: { id: clerk.user.id } },
      { number: 2, fromDueOn: '2026-03-20', toDueOn: '2026-04-20' },
    ])
    expect(await standing(id)).toMatchObject({ dueOn: '2026-04-20', extensions: 2 })
    const audited = await db()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entityId, id), eq(auditLog.action, 'change')))
    expect(audited).toHaveLength(2)
  })

  test('not to an earlier or past day, not beyond a year, not once it is paid, not without the permission', async () => {
    const { id } = await aReceivable(db(), { dueOn: '2026-02-10' })
    const paid = await aReceivable(db(), { balanceMinor: 0n })
    const ask = async (receivableId: string, dueOn: string, who = clerk) => {
      const { status, body } = await post(`receivables/${receivableId}/extensions`, { dueOn, reason: 'x' }, who)
      return [status, body.code, body.errors?.[0]?.field]
    }
    expect(await ask(id, '2026-02-10')).toEqual([422, 'extension-not-later', 'dueOn'])
    expect(await ask(id, '2026-03-01')).toEqual([422, 'extension-past', 'dueOn'])
    expect(await ask(id, '2027-03-03')).toEqual([422, 'extension-too-far', 'dueOn'])
    expect(await ask(id, '10000-01-01')).toEqual([400, 'validation-failed', 'dueOn'])
    expect(await ask(paid.id, '2026-05-01')).toEqual([409, 'receivable-settled', undefined])
    expect(await ask(id, '2026-05-01', await api.signedIn({ permissions: [] }))).toEqual([403, 'not-allowed', undefined])
    expect(await standing(id)).toMatchObject({ dueOn: '2026-02-10', extensions: 0 })
  })

  test('and a source that repeats the old due date takes nothing back, while another day is its correction', async () => {
    const customer = await aCustomer(db(), { externalId: 'erp-1' })
    const item = {
      externalId: 'erp-r1',
      customerExternalId: 'erp-1',
      issuedOn: '2026-02-01',
      dueOn: '2026-03-03',
      currency: 'USD',
      amount: '100.00',
    }
    const put = async (over: object = {}) =>
      (
        await api
          .request()
          .put('/api/v1/receivables')
          .set(clerk.headers)
          .send({ items: [{ ...item, ...over }] })
          .expect(200)
      ).body
    await put()
    const [made] = await db().select().from(receivables).where(eq(receivables.customerId, customer.id))
    await post(`receivables/${made?.id}/extensions`, { dueOn: '2026-03-20', reason: 'Acuerdo' }).expect(201)
    expect(await put()).toEqual({ created: 0, changed: 0, unchanged: 1 })
    expect((await standing(made?.id ?? ''))?.dueOn).toBe('2026-03-20')
    expect(await put({ amount: '90.00' })).toMatchObject({ changed: 1 })
    expect((await standing(made?.id ?? ''))?.dueOn).toBe('2026-03-20')
    expect(await put({ dueOn: '2026-03-25', amount: '90.00' })).toMatchObject({ changed: 1 })
    expect(await standing(made?.id ?? '')).toMatchObject({ dueOn: '2026-03-25', extensions: 1 })
  })
})

describe('a dispute', () => {
  const dispute = (id: string, body: object) =>
    api.request().put(`/api/v1/receivables/${id}/dispute`).set(clerk.headers).send(body)

  test('keeps who began it, when, why and how it ended; not valid lets the notices go on', async () => {
    const { id } = await aReceivable(db())
    await dispute(id, { reason: 'Llegó roto', category: 'quality' }).expect(200)
    await dispute(id, { reason: 'Llegó roto y tarde' }).expect(200)
    const ended = await post(`receivables/${id}/dispute/resolutions`, {
      result: 'not-valid',
      resolution: 'Firmó conforme',
    }).expect(201)
    expect(ended.body.items).toMatchObject([
      {
        category: 'quality',
        reason: 'Llegó roto y tarde',
        result: 'not-valid',
        resolution: 'Firmó conforme',
        openedBy: { id: clerk.user.id },
        endedBy: { id: clerk.user.id },
      },
    ])
    expect(await standing(id)).toMatchObject({ disputedAt: null, disputeReason: null, noticesPausedUntil: null })
    const twice = await post(`receivables/${id}/dispute/resolutions`, { result: 'valid', resolution: 'x' })
    expect(twice.body).toMatchObject({ status: 409, code: 'not-disputed' })
  })

  test('that was right pauses the notices until there can be a credit note, and opens the follow-up to make it', async () => {
    const { id, customerId } = await aReceivable(db())
    await dispute(id, { reason: 'Precio' }).expect(200)
    await post(`receivables/${id}/dispute/resolutions`, { result: 'valid', resolution: 'Se cobró de más' }).expect(201)
    expect(await standing(id)).toMatchObject({ disputedAt: null, noticesPausedUntil: '2026-03-17' })
    expect(await db().select().from(noticePauses).where(eq(noticePauses.receivableId, id))).toMatchObject([
      { untilOn: '2026-03-17', endedAt: null },
    ])
    const opened = await db().select().from(followUps).where(eq(followUps.customerId, customerId))
    expect(opened).toMatchObject([{ state: 'active', description: 'Se cobró de más' }])
    expect(opened[0]?.originKey).toContain('dispute-valid:')
  })

  test('stated by an integrator is a fact too, ended when it is stated no more', async () => {
    await aCustomer(db(), { externalId: 'erp-2' })
    const put = (disputed: boolean) =>
      api
        .request()
        .put('/api/v1/receivables')
        .set(clerk.headers)
        .send({
          items: [
            {
              externalId: 'erp-r2',
              customerExternalId: 'erp-2',
              issuedOn: '2026-02-01',
              dueOn: '2026-03-03',
              currency: 'USD',
              amount: '100.00',
              disputed,
              ...(disputed ? { disputeReason: 'Del ERP' } : {}),
            },
          ],
        })
        .expect(200)
    await put(true)
    await put(true)
    const [row] = await db().select().from(receivables).where(eq(receivables.externalId, 'erp-r2'))
    const facts = () =>
      db()
        .select()
        .from(disputes)
        .where(eq(disputes.receivableId, row?.id ?? ''))
    expect(await facts()).toMatchObject([{ reason: 'Del ERP', category: 'other', endedAt: null }])
    await put(false)
    expect(await facts()).toMatchObject([{ endedAt: new Date('2026-03-02T15:00:00Z'), result: null }])
  })
})
