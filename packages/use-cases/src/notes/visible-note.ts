import type { Querier } from '@cartera/db/connect'
import { customers, notes } from '@cartera/db/schema/customers'
import { branches, departments, users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'

/**
 * Whose notes a viewer reaches, the deleted ones too: authors who stand within their scope now, customers that they see. A condition over `notes` joined with
 * `customers`.
 */
export const reachedNote = (viewer: Viewer): SQL | undefined =>
  and(visibleTo(accessScopeOf(viewer), notes.authorId), visibleCustomer(viewer))

/** The notes that exist for a viewer. A condition over `notes` joined with `customers`. */
export const visibleNote = (viewer: Viewer): SQL | undefined => and(isNull(notes.deletedAt), reachedNote(viewer))

/** Notes with what is shown of them; branch and department are the author's present ones. */
export const selectNotes = (db: Querier) =>
  db
    .select({
      id: notes.id,
      customerId: customers.id,
      customerName: customers.name,
      customerCode: customers.code,
      customerNameKey: customers.nameKey,
      authorId: users.id,
      authorName: users.name,
      branchId: branches.id,
      branchName: branches.name,
      departmentId: departments.id,
      departmentName: departments.name,
      body: notes.body,
      location: notes.location,
      treatment: notes.treatment,
      createdAt: notes.createdAt,
    })
    .from(notes)
    .innerJoin(customers, eq(customers.id, notes.customerId))
    .innerJoin(users, eq(users.id, notes.authorId))
    .innerJoin(branches, eq(branches.id, users.branchId))
    .leftJoin(departments, eq(departments.id, users.departmentId))

export type NoteRow = Awaited<ReturnType<typeof selectNotes>>[number]

/** A note as the contract says it. */
export const toNote = (row: NoteRow) => ({
  id: row.id,
  customer: { id: row.customerId, name: row.customerName, code: row.customerCode },
  author: { id: row.authorId, name: row.authorName },
  branch: { id: row.branchId, name: row.branchName },
  department:
    row.departmentId === null || row.departmentName === null ? null : { id: row.departmentId, name: row.departmentName },
  body: row.body,
  location: row.location,
  treatment: row.treatment,
  createdAt: row.createdAt.toISOString(),
})
