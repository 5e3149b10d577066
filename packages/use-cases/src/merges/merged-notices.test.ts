import { noticeItems, noticeMessages } from '@cartera/db/schema/notices'
import { aUser } from '@cartera/db/testing/builders'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { planDay } from '../notices/plan-day.ts'
import { dispatchNotice } from '../notices/send-notices.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { indebtedCompany } from '../testing/indebted-company.ts'
import { mergeCustomers } from './merge-customers.ts'
import { undoMerge } from './undo-merge.ts'

/** Wednesday 11 March 2026. */
const day = '2026-03-11'
const { ctx, smtp, db, indebted, messages, states } = indebtedCompany(day)

async function viewer() {
  const found = await findViewerByUser(ctx, (await aUser(db())).id)
  if (!found) throw new Error('nobody')
  return found
}
const merge = async (survivorId: string, mergedId: string) =>
  mergeCustomers(ctx, await viewer(), survivorId, { mergedId, sides: {}, version: 1, mergedVersion: 1 })
const messageOf = async (customerId: string) => {
  const [message] = await db().select().from(noticeMessages).where(eq(noticeMessages.customerId, customerId))
  if (!message) throw new Error('there should be one')
  return message
}

test('merged while the mail server waits for the final dot: nothing leaves as the old customer, and the notice leaves once as the survivor’s', async () => {
  const [one, other] = [await indebted(), await indebted()]
  await planDay(ctx, day)
  const { id } = await messageOf(other.customerId)
  let merged = false
  smtp.faults.rcpt = async () => {
    if (!merged) await merge(one.customerId, other.customerId)
    merged = true
    return null
  }
  await dispatchNotice(ctx, id)
  await planDay(ctx, day)
  for (const message of await messages()) await dispatchNotice(ctx, message.id)
  const sent = (await messages()).filter((message) => message.state === 'sent')
  expect(sent.map((message) => message.customerId)).toEqual(sent.map(() => one.customerId))
  // Each receivable under its rule once, whoever it was when it was planned.
  const items = await db().select().from(noticeItems)
  expect(items.map((item) => item.receivableId).sort()).toEqual([one.id, other.id].sort())
  expect(smtp.received).toHaveLength(sent.length)
  expect(sent).toHaveLength(2)
})

test('a notice that had left is the survivor’s, exactly as it was sent, and nothing is planned twice', async () => {
  const [one, other] = [await indebted(), await indebted()]
  await planDay(ctx, day)
  const before = await messageOf(other.customerId)
  await dispatchNotice(ctx, before.id)
  const sent = await messageOf(other.customerId)
  await merge(one.customerId, other.customerId)
  await planDay(ctx, day)
  const [after] = await db().select().from(noticeMessages).where(eq(noticeMessages.id, sent.id))
  expect(after).toEqual({ ...sent, customerId: one.customerId })
  expect(await messages()).toHaveLength(2)
})

test('undoing is refused while a notice waits that speaks of both; one that speaks of what returns goes along', async () => {
  const [one, other] = [await indebted(), await indebted()]
  const { id } = await merge(one.customerId, other.customerId)
  await planDay(ctx, day)
  expect(await messages()).toHaveLength(1)
  const refused = await undoMerge(ctx, await viewer(), id).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Refusal)
  expect((refused as Refusal).code).toBe('merge-notices-mixed')
  await db().delete(noticeItems).where(eq(noticeItems.receivableId, one.id))
  await undoMerge(ctx, await viewer(), id)
  expect((await messageOf(other.customerId)).state).toBe('planned')
  expect(await states()).toEqual(['planned'])
})
