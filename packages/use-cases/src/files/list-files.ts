import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import type { FileCategory, FileKind } from '@cartera/domain/files/file-kind'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNotNull, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf, type SortKey } from '../paging.ts'
import { type FileRow, reachedFile, selectFiles, toFile, visibleFile } from './visible-file.ts'

const id: SortKey = { column: customerFiles.id, type: 'uuid' }
const sorts: Record<string, { keys: SortKey[]; of(row: FileRow): (string | number)[] }> = {
  createdAt: {
    keys: [{ column: customerFiles.createdAt, type: 'timestamptz' }, id],
    of: ({ file }) => [file.createdAt.toISOString(), file.id],
  },
  name: { keys: [{ column: customerFiles.nameKey, type: 'text' }, id], of: ({ file }) => [file.nameKey, file.id] },
  size: { keys: [{ column: customerFiles.size, type: 'bigint' }, id], of: ({ file }) => [file.size, file.id] },
}

/** Every word stands in the name, the description, or the e-mail's subject, sender or text. */
const mentions = (q: string | undefined): SQL | undefined =>
  and(
    ...searchKey(q ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map(
        (word) =>
          sql`${unaccented('customer_files.name', 'customer_files.description', 'customer_file_mails.subject', 'customer_file_mails.from_name', 'customer_file_mails.from_address', 'customer_file_mails.body')} like ${`%${likeEscaped(word)}%`}`,
      ),
  )

/** The files of a customer within the viewer's scope, the newest first unless told. Refuses `not-found`, `cursor-invalid`. */
export async function listFiles(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: PageInput & { category?: FileCategory | undefined; kind?: FileKind | undefined; ownerId?: string | undefined },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const sort = input.sort ?? '-createdAt'
  const descending = sort.startsWith('-')
  const order = sorts[descending ? sort.slice(1) : sort]
  if (!order) throw new Error(`no such order: ${sort}`)
  const limit = input.limit ?? defaultPageSize
  const rows = await selectFiles(ctx.db)
    .where(
      and(
        eq(customerFiles.customerId, customerId),
        visibleFile(viewer),
        input.category === undefined ? undefined : eq(customerFiles.category, input.category),
        input.kind === undefined ? undefined : eq(customerFiles.kind, input.kind),
        input.ownerId === undefined ? undefined : eq(customerFiles.ownerId, input.ownerId),
        mentions(input.q),
        keysetAfter(input.cursor, sort, order.keys, descending),
      ),
    )
    .orderBy(...orderOf(order.keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, toFile, (row) => encodeCursor(sort, order.of(row)))
}

const deleters = alias(users, 'deleted_by')

/** The deleted files in the viewer's reach, the last deleted first. Refuses `not-allowed` below level 1, `cursor-invalid`. */
export async function listDeletedFiles(ctx: AppContext, viewer: Viewer, input: PageInput & { customerId?: string | undefined }) {
  if (viewer.level !== 1) throw new Refusal('not-allowed')
  const sort = '-deletedAt'
  const keys: SortKey[] = [{ column: customerFiles.deletedAt, type: 'timestamptz' }, id]
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({
      file: customerFiles,
      customer: { id: customers.id, name: customers.name, code: customers.code },
      owner: { id: users.id, name: users.name },
      deleterId: deleters.id,
      deleterName: deleters.name,
    })
    .from(customerFiles)
    .innerJoin(customers, eq(customers.id, customerFiles.customerId))
    .innerJoin(users, eq(users.id, customerFiles.ownerId))
    .leftJoin(deleters, eq(deleters.id, customerFiles.deletedBy))
    .where(
      and(
        isNotNull(customerFiles.deletedAt),
        reachedFile(viewer),
        input.customerId === undefined ? undefined : eq(customerFiles.customerId, input.customerId),
        keysetAfter(input.cursor, sort, keys, true),
      ),
    )
    .orderBy(...orderOf(keys, true))
    .limit(limit + 1)
  const at = ({ file }: (typeof rows)[number]) => (file.deletedAt ?? file.createdAt).toISOString()
  return pageOf(
    rows,
    limit,
    (row) => ({
      id: row.file.id,
      customer: row.customer,
      name: row.file.name,
      size: row.file.size,
      kind: row.file.kind,
      owner: row.owner,
      deletedAt: at(row),
      deletedBy: row.deleterId === null || row.deleterName === null ? null : { id: row.deleterId, name: row.deleterName },
    }),
    (row) => encodeCursor(sort, [at(row), row.file.id]),
  )
}

/** What stands in an e-mail that is kept as a file. Refuses `not-found`, also for a file that is no e-mail. */
export async function readFileMail(ctx: AppContext, viewer: Viewer, fileId: string) {
  const [row] = await ctx.db
    .select({ mail: customerFileMails })
    .from(customerFileMails)
    .innerJoin(customerFiles, eq(customerFiles.id, customerFileMails.fileId))
    .innerJoin(customers, eq(customers.id, customerFiles.customerId))
    .where(and(eq(customerFileMails.fileId, fileId), visibleFile(viewer)))
  if (!row) throw new Refusal('not-found')
  const { mail } = row
  return {
    from: { name: mail.fromName, address: mail.fromAddress },
    recipients: mail.recipients,
    subject: mail.subject,
    sentAt: mail.sentAt?.toISOString() ?? null,
    html: mail.html,
    text: mail.body,
    blockedImages: mail.blockedImages,
    attachments: mail.attachments,
  }
}
