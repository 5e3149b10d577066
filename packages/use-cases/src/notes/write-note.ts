import type { EndpointCall } from '@cartera/contract/endpoint'
import type { noteEndpoints } from '@cartera/contract/notes'
import { customers, notes } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { deleteNoteRefusal, recordNoteRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNotNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { reachedNote, selectNotes, toNote, visibleNote } from './visible-note.ts'

type NewNote = EndpointCall<typeof noteEndpoints.create>['body']

/** Records a note on a customer. Refuses `not-found`, and `note-needs-department` for an author without one. */
export async function createNote(ctx: AppContext, viewer: Viewer, customerId: string, input: NewNote) {
  return ctx.db.transaction(async (tx) => {
    await findVisibleCustomer(tx, viewer, customerId)
    const refusal = recordNoteRefusal(viewer)
    if (refusal) throw new Refusal(refusal)
    const [made] = await tx
      .insert(notes)
      .values({
        customerId,
        authorId: viewer.userId,
        body: input.body,
        location: input.location ?? null,
        treatment: input.treatment ?? null,
        createdAt: ctx.now(),
      })
      .returning({ id: notes.id })
    if (!made) throw new Error('the note was not written')
    await recordAudit(tx, ctx, viewer, { action: 'create', entity: 'note', entityId: made.id, changes: { customerId } })
    const [row] = await selectNotes(tx).where(eq(notes.id, made.id))
    if (!row) throw new Error('the note was not written')
    return toNote(row)
  })
}

/** A note within the viewer's scope; refuses `not-found`. */
export async function readNote(ctx: AppContext, viewer: Viewer, noteId: string) {
  const [row] = await selectNotes(ctx.db).where(and(eq(notes.id, noteId), visibleNote(viewer)))
  if (!row) throw new Refusal('not-found')
  return toNote(row)
}

/** Deletes a note, softly; only level 1. Refuses `not-found` to who does not see it, `not-allowed` to who does and may not. */
export async function removeNote(ctx: AppContext, viewer: Viewer, noteId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [before] = await tx
      .select({ note: notes })
      .from(notes)
      .innerJoin(customers, eq(customers.id, notes.customerId))
      .where(and(eq(notes.id, noteId), visibleNote(viewer)))
      .for('update', { of: notes })
    if (!before) throw new Refusal('not-found')
    const refusal = deleteNoteRefusal(viewer)
    if (refusal) throw new Refusal(refusal)
    await tx.update(notes).set({ deletedAt: ctx.now(), deletedBy: viewer.userId }).where(eq(notes.id, noteId))
    const { customerId, authorId, body, location, treatment } = before.note
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'note',
      entityId: noteId,
      changes: { customerId, authorId, body, location, treatment },
    })
  })
}

/** Brings a deleted note back, as it was. Refuses `not-allowed` below level 1, `not-found` where there is none. */
export async function restoreNote(ctx: AppContext, viewer: Viewer, noteId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const refusal = deleteNoteRefusal(viewer)
    if (refusal) throw new Refusal(refusal)
    const [before] = await tx
      .select({ note: notes })
      .from(notes)
      .innerJoin(customers, eq(customers.id, notes.customerId))
      .where(and(eq(notes.id, noteId), isNotNull(notes.deletedAt), reachedNote(viewer)))
      .for('update', { of: notes })
    if (!before) throw new Refusal('not-found')
    await tx.update(notes).set({ deletedAt: null, deletedBy: null }).where(eq(notes.id, noteId))
    await recordAudit(tx, ctx, viewer, {
      action: 'restore',
      entity: 'note',
      entityId: noteId,
      changes: { customerId: before.note.customerId },
    })
  })
}
