import { reminderEndpoints } from '@cartera/contract/reminders'
import { staffMails } from '@cartera/db/schema/finance'
import { followUps, reminders } from '@cartera/db/schema/follow-ups'
import { company } from '@cartera/db/schema/organisation'
import { aCompany, aFollowUp, aMailAccount, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeFollowUp } from '../follow-ups/end-follow-up.ts'
import { postponeFollowUp } from '../follow-ups/postpone-follow-up.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { sendStaffMails } from '../staff-mails/send-staff-mails.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { queueReminderMails, reminderStillTrue } from './mail-reminders.ts'
import { listReminders, readAllReminders, readReminder } from './my-reminders.ts'
import { remindDueFollowUps, remindDueFollowUpsJob } from './remind-due-follow-ups.ts'

const database = testDatabase()
const ctx = testContext(database)

const smtp = testMailServer()

beforeAll(() => aCompany(database.db))

beforeEach(async () => {
  await database.db.delete(reminders)
  await database.db.delete(followUps)
  await database.db.delete(staffMails)
  ctx.at('2026-03-02T15:00:00Z')
})

async function viewerOf(userId: string) {
  const viewer = await findViewerByUser(ctx, userId)
  if (!viewer) throw new Error('no such user')
  return viewer
}
const due = (instant: string) => ({ dueAt: new Date(instant) })
const told = () => database.db.select().from(reminders).orderBy(reminders.dueAt)

describe('telling of what has fallen due', () => {
  test('the owner is told once per due time, however often and by however many workers it is run', async () => {
    const followUp = await aFollowUp(database.db, due('2026-03-02T15:00:00Z'))
    await aFollowUp(database.db, due('2026-03-02T15:00:00.001Z'))
    await aFollowUp(database.db, { ...due('2026-03-01T15:00:00Z'), state: 'closed' })
    await aFollowUp(database.db, { ...due('2026-03-01T15:00:00Z'), state: 'discarded' })
    const counts = await Promise.all([1, 2, 3, 4].map(() => remindDueFollowUps(ctx)))
    expect(counts.reduce((a, b) => a + b)).toBe(1)
    await remindDueFollowUpsJob.perform(ctx, {})
    await remindDueFollowUpsJob.perform(ctx, {})
    expect(await told()).toMatchObject([
      { followUpId: followUp.id, userId: followUp.ownerId, dueAt: followUp.dueAt, remindedAt: ctx.now(), readAt: null },
    ])
  })

  test('a follow-up that is handed over after its reminder tells its new owner too, and each of them once', async () => {
    const [before, after] = [await aUser(database.db), await aUser(database.db)]
    const followUp = await aFollowUp(database.db, { ownerId: before.id, dueAt: new Date('2026-03-02T14:00:00Z') })
    await remindDueFollowUps(ctx)
    await database.db.update(followUps).set({ ownerId: after.id }).where(eq(followUps.id, followUp.id))
    await remindDueFollowUps(ctx)
    await remindDueFollowUps(ctx)
    const told = await database.db
      .select({ userId: reminders.userId })
      .from(reminders)
      .where(eq(reminders.followUpId, followUp.id))
    expect(told.map((row) => row.userId).sort()).toEqual([before.id, after.id].sort())
  })

  test('what fell due while no worker ran is told when one runs again, more than a batch at once', async () => {
    const first = await aFollowUp(database.db, due('2026-02-20T15:00:00Z'))
    await database.db.insert(followUps).values(
      Array.from({ length: 1200 }, (_, n) => ({
        customerId: first.customerId,
        ownerId: first.ownerId,
        typeId: first.typeId,
        subject: `${n}`,
        dueAt: new Date(Date.UTC(2026, 1, 21, 0, n)),
      })),
    )
    const counts = await Promise.all([remindDueFollowUps(ctx), remindDueFollowUps(ctx)])
    expect(counts.reduce((a, b) => a + b)).toBe(1201)
    expect(await told()).toHaveLength(1201)
  })

  test('a postponed one is told of again at its new due time, not before', async () => {
    const owner = await aUser(database.db, { level: 4 })
    const followUp = await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    await remindDueFollowUps(ctx)
    await postponeFollowUp(ctx, await viewerOf(owner.id), followUp.id, { hours: 4 })
    ctx.at('2026-03-02T18:59:59Z')
    expect(await remindDueFollowUps(ctx)).toBe(0)
    ctx.at('2026-03-02T19:00:00Z')
    expect(await remindDueFollowUps(ctx)).toBe(1)
    expect((await told()).map((row) => row.dueAt.toISOString())).toEqual(['2026-03-02T14:00:00.000Z', '2026-03-02T19:00:00.000Z'])
  })

  test('one that is being postponed at this moment is never told of with its old time', async () => {
    const owner = await aUser(database.db, { level: 4 })
    const followUp = await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    const postponing = await database.pool.connect()
    try {
      await postponing.query('begin')
      await postponing.query('select 1 from follow_ups where id = $1 for update', [followUp.id])
      await postponing.query(`update follow_ups set due_at = '2026-03-02T19:00:00Z' where id = $1`, [followUp.id])
      expect(await remindDueFollowUps(ctx)).toBe(0)
      await postponing.query('commit')
    } finally {
      postponing.release()
    }
    expect(await remindDueFollowUps(ctx)).toBe(0)
    expect(await told()).toEqual([])
  })

  test('postponing and telling side by side: each reminder is of a time at which the follow-up was due', async () => {
    const owner = await aUser(database.db, { level: 4 })
    const viewer = await viewerOf(owner.id)
    const made = await Promise.all(
      Array.from({ length: 12 }, () => aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })),
    )
    await Promise.all([
      ...made.map((each) => postponeFollowUp(ctx, viewer, each.id, { hours: 1 })),
      remindDueFollowUps(ctx),
      remindDueFollowUps(ctx),
      remindDueFollowUps(ctx),
    ])
    // Told before it was postponed is read by the postponement; told after it there is nothing to tell.
    expect((await told()).filter((row) => row.readAt === null)).toEqual([])
    ctx.at('2026-03-02T16:00:00Z')
    expect(await remindDueFollowUps(ctx)).toBe(12)
  })
})

describe('reminders by e-mail', () => {
  async function withAccount(): Promise<void> {
    const administrator = await aUser(database.db)
    await aMailAccount(database.db, {
      userId: administrator.id,
      port: smtp.port,
      displayName: 'Cartera',
      address: 'cartera@empresa.test',
    })
    await database.db.update(company).set({ administratorId: administrator.id })
  }

  const mails = () => database.db.select().from(staffMails).orderBy(staffMails.createdAt)

  test('are sent once, from the administrator’s account, to those who want them, in their language', async () => {
    await withAccount()
    const owner = await aUser(database.db, { remindByMail: true, email: 'diego@empresa.test', name: 'Diego' })
    const english = await aUser(database.db, { remindByMail: true, email: 'emma@empresa.test', language: 'en' })
    await aFollowUp(database.db, { ownerId: owner.id, subject: 'Llamar por la factura', ...due('2026-03-02T14:59:00Z') })
    await aFollowUp(database.db, { ownerId: english.id, subject: 'Call', ...due('2026-03-02T14:59:30Z') })
    await aFollowUp(database.db, due('2026-03-02T14:58:00Z'))
    await remindDueFollowUps(ctx)
    const counts = await Promise.all([queueReminderMails(ctx), queueReminderMails(ctx), queueReminderMails(ctx)])
    expect(counts.reduce((a, b) => a + b)).toBe(2)
    await Promise.all([sendStaffMails(ctx), sendStaffMails(ctx), sendStaffMails(ctx)])
    await remindDueFollowUpsJob.perform(ctx, {})
    expect(smtp.received.map((each) => each.to[0]).sort()).toEqual(['diego@empresa.test', 'emma@empresa.test'])
    const read = (to: string) => PostalMime.parse(smtp.received.find((each) => each.to.includes(to))?.raw ?? Buffer.alloc(0))
    const spanish = await read('diego@empresa.test')
    expect(spanish.from).toMatchObject({ name: 'Cartera', address: 'cartera@empresa.test' })
    expect(spanish.subject).toContain('Llamar por la factura')
    expect(spanish.headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }))
    expect((await read('emma@empresa.test')).text).toContain('has fallen due')
  })

  test('one that was postponed, closed or read meanwhile is not mailed', async () => {
    await withAccount()
    const owner = await aUser(database.db, { remindByMail: true })
    const viewer = await viewerOf(owner.id)
    const [postponed, closed, read] = await Promise.all([
      aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') }),
      aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:01:00Z') }),
      aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:02:00Z') }),
    ])
    await remindDueFollowUps(ctx)
    expect(await queueReminderMails(ctx)).toBe(3)
    await postponeFollowUp(ctx, viewer, postponed.id, { hours: 1 })
    await closeFollowUp(ctx, viewer, closed.id, {})
    await readAllReminders(ctx, viewer)
    expect(read.id).toBeTruthy()
    expect(await sendStaffMails(ctx)).toBe(0)
    expect(smtp.received).toEqual([])
    expect((await mails()).map((each) => each.state)).toEqual(['skipped', 'skipped', 'skipped'])
  })

  test('one that is postponed while the mail server waits for the final dot does not leave, nor later', async () => {
    await withAccount()
    const owner = await aUser(database.db, { remindByMail: true })
    const viewer = await viewerOf(owner.id)
    const followUp = await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    smtp.faults.rcpt = async () => {
      await postponeFollowUp(ctx, viewer, followUp.id, { hours: 1 })
      return null
    }
    await remindDueFollowUpsJob.perform(ctx, {})
    delete smtp.faults.rcpt
    expect(smtp.received).toEqual([])
    await database.db.update(staffMails).set({ nextAttemptAt: new Date(0) })
    await sendStaffMails(ctx)
    expect(smtp.received).toEqual([])
    expect((await mails()).map((each) => each.state)).toEqual(['skipped'])
  })

  test('whoever postpones while the gate stands open waits until the mail has left its account: never between', async () => {
    await withAccount()
    const owner = await aUser(database.db, { remindByMail: true })
    const followUp = await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    await remindDueFollowUps(ctx)
    const [reminder] = await told()
    await ctx.db.transaction(async (tx) => {
      expect(await reminderStillTrue(tx, reminder?.id ?? '')).toBe(true)
      const postponing = await database.pool.connect()
      try {
        await postponing.query("set lock_timeout = '100ms'")
        const postponed = postponing.query('update follow_ups set due_at = now() where id = $1', [followUp.id])
        await expect(postponed).rejects.toThrow(/lock timeout/)
      } finally {
        postponing.release(true)
      }
    })
  })

  test('where the answer to the final dot is lost it is uncertain, and never sent again by itself', async () => {
    await withAccount()
    const owner = await aUser(database.db, { remindByMail: true })
    await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    smtp.faults.dropAfterDot = 'written'
    await remindDueFollowUpsJob.perform(ctx, {})
    delete smtp.faults.dropAfterDot
    for (let n = 0; n < 3; n++) {
      await database.db.update(staffMails).set({ nextAttemptAt: new Date(0), leaseUntil: new Date(0) })
      await remindDueFollowUpsJob.perform(ctx, {})
      await sendStaffMails(ctx)
    }
    expect(smtp.received).toHaveLength(1)
    expect((await mails()).map((each) => each.state)).toEqual(['uncertain'])
  })

  test('a server that refuses for good is not asked again', async () => {
    await withAccount()
    const owner = await aUser(database.db, { remindByMail: true })
    await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    smtp.faults.data = { code: 554, message: 'no' }
    await remindDueFollowUpsJob.perform(ctx, {})
    delete smtp.faults.data
    await sendStaffMails(ctx)
    expect(smtp.received).toEqual([])
    expect((await mails()).map((each) => each.state)).toEqual(['failed'])
  })

  test('an account that comes back after hours floods nobody; one that comes back soon still tells', async () => {
    await database.db.update(company).set({ administratorId: null })
    const owner = await aUser(database.db, { remindByMail: true })
    await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    await remindDueFollowUpsJob.perform(ctx, {})
    ctx.at('2026-03-02T15:30:00Z')
    await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T15:20:00Z') })
    await remindDueFollowUpsJob.perform(ctx, {})
    await withAccount()
    ctx.at('2026-03-02T16:10:00Z')
    await database.db.update(staffMails).set({ nextAttemptAt: new Date(0) })
    expect(await sendStaffMails(ctx)).toBe(1)
    expect((await mails()).map((each) => each.state)).toEqual(['skipped', 'sent'])
  })
})

describe('my reminders', () => {
  test('are mine alone, newest first, counted while unread, and read one by one or all', async () => {
    const owner = await aUser(database.db, { level: 1 })
    const viewer = await viewerOf(owner.id)
    const other = await viewerOf((await aUser(database.db, { level: 1 })).id)
    await aFollowUp(database.db, { ownerId: owner.id, subject: 'primera', ...due('2026-03-02T14:00:00Z') })
    await remindDueFollowUps(ctx)
    ctx.at('2026-03-02T15:30:00Z')
    await aFollowUp(database.db, { ownerId: owner.id, subject: 'segunda', ...due('2026-03-02T15:20:00Z') })
    await remindDueFollowUps(ctx)

    const all = reminderEndpoints.list.response.parse(await listReminders(ctx, viewer, {}))
    expect(all.items.map((each) => each.followUp.subject)).toEqual(['segunda', 'primera'])
    expect(all.unreadCount).toBe(2)
    const first = await listReminders(ctx, viewer, { limit: 1 })
    const second = await listReminders(ctx, viewer, { limit: 1, cursor: first.nextCursor ?? '' })
    expect([...first.items, ...second.items].map((each) => each.followUp.subject)).toEqual(['segunda', 'primera'])
    expect(await listReminders(ctx, other, {})).toEqual({ items: [], nextCursor: null, unreadCount: 0 })

    const id = all.items[0]?.id ?? ''
    await expect(readReminder(ctx, other, id)).rejects.toThrow(new Refusal('not-found'))
    await readReminder(ctx, viewer, id)
    await readReminder(ctx, viewer, id)
    expect((await listReminders(ctx, viewer, { unread: true })).items.map((each) => each.followUp.subject)).toEqual(['primera'])
    await readAllReminders(ctx, viewer)
    expect(await listReminders(ctx, viewer, { unread: true })).toEqual({ items: [], nextCursor: null, unreadCount: 0 })
  })

  test('one whose follow-up went to somebody out of reach is gone, in list and count', async () => {
    const owner = await aUser(database.db, { level: 4 })
    const followUp = await aFollowUp(database.db, { ownerId: owner.id, ...due('2026-03-02T14:00:00Z') })
    await remindDueFollowUps(ctx)
    await database.db
      .update(followUps)
      .set({ ownerId: (await aUser(database.db)).id })
      .where(eq(followUps.id, followUp.id))
    expect(await listReminders(ctx, await viewerOf(owner.id), {})).toEqual({ items: [], nextCursor: null, unreadCount: 0 })
  })
})
