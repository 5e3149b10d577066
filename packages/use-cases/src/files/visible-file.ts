import type { Querier, Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import { branches, departments, users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'

/** Of one file; more are a mistake of a machine. */
export const mostVersions = 1000

/** Files within the viewer's reach, deleted or not: whole, of owners who stand within the scope now, of customers that the viewer sees. */
export function reachedFile(viewer: Viewer): SQL | undefined {
  return and(eq(customerFiles.state, 'kept'), visibleTo(accessScopeOf(viewer), customerFiles.ownerId), visibleCustomer(viewer))
}

/** The files that exist for a viewer. A condition over `customer_files` joined with `customers`. */
export function visibleFile(viewer: Viewer): SQL | undefined {
  return and(isNull(customerFiles.deletedAt), reachedFile(viewer))
}

/** Files with what is shown of them; branch and department are the owner's present ones. */
export const selectFiles = (db: Querier) =>
  db
    .select({
      file: customerFiles,
      customer: { id: customers.id, name: customers.name, code: customers.code },
      owner: { id: users.id, name: users.name },
      branch: { id: branches.id, name: branches.name },
      departmentId: departments.id,
      departmentName: departments.name,
      mailSubject: customerFileMails.subject,
      mailFromName: customerFileMails.fromName,
      mailFromAddress: customerFileMails.fromAddress,
      mailSentAt: customerFileMails.sentAt,
    })
    .from(customerFiles)
    .innerJoin(customers, eq(customers.id, customerFiles.customerId))
    .innerJoin(users, eq(users.id, customerFiles.ownerId))
    .innerJoin(branches, eq(branches.id, users.branchId))
    .leftJoin(departments, eq(departments.id, users.departmentId))
    .leftJoin(customerFileMails, eq(customerFileMails.fileId, customerFiles.id))

export type FileRow = Awaited<ReturnType<typeof selectFiles>>[number]

/** A file as the contract says it. */
export const toFile = ({ file, customer, owner, branch, departmentId, departmentName, ...row }: FileRow) => ({
  id: file.id,
  customer,
  owner,
  branch,
  department: departmentId === null || departmentName === null ? null : { id: departmentId, name: departmentName },
  name: file.name,
  description: file.description,
  category: file.category,
  kind: file.kind,
  size: file.size,
  hasPreview: file.hasPreview,
  mail:
    row.mailSubject === null
      ? null
      : {
          subject: row.mailSubject,
          from: { name: row.mailFromName ?? '', address: row.mailFromAddress ?? '' },
          sentAt: row.mailSentAt?.toISOString() ?? null,
        },
  revision: file.revision,
  superseded: file.supersededAt !== null,
  version: file.version,
  createdAt: file.createdAt.toISOString(),
})

/** A file within the viewer's scope; refuses `not-found`. */
export async function findVisibleFile(db: Querier, viewer: Viewer, fileId: string): Promise<FileRow> {
  const [row] = await selectFiles(db).where(and(eq(customerFiles.id, fileId), visibleFile(viewer)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** The same, locked until the transaction ends. */
export async function lockVisibleFile(tx: Transaction, viewer: Viewer, fileId: string) {
  const [row] = await tx
    .select({ file: customerFiles })
    .from(customerFiles)
    .innerJoin(customers, eq(customers.id, customerFiles.customerId))
    .where(and(eq(customerFiles.id, fileId), visibleFile(viewer)))
    .for('update', { of: customerFiles })
  if (!row) throw new Refusal('not-found')
  return row.file
}
