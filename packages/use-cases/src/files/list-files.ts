import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, instantOfLocal } from '@cartera/domain/calendar-day'
import type { FileCategory, FileKind } from '@cartera/domain/files/file-kind'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf, type SortKey } from '../paging.ts'
import { type FileRow, findVisibleFile, mostVersions, reachedFile, selectFiles, toFile, visibleFile } from './visible-file.ts'

const id: SortKey = { column: customerFiles.id, type: 'uuid' }
const sorts: Record<string, { keys: SortKey[]; of(row: FileRow): (string | number)[] }> = {
  createdAt: {
    keys: [{ column: customerFiles.createdAt, type: 'timestamptz' }, id],
    of: ({ file }) => [file.createdAt.toISOString(), file.id],
  },
  name: { keys: [{ column: customerFiles.nameKey, type: 'text' }, id], of: ({ file }) => [file.nameKey, file.id] },
  size: { keys: [{ column: customerFiles.size, type: 'bigint' }, id], of: ({ file }) => [file.size, file.id] },
}

const named = ['customer_files.name', 'customer_files.description'] as const
const ofMail = ['customer_file_mails.subject', 'customer_file_mails.from_name', 'customer_file_mails.from_address'] as const

/** Every word stands in one of the columns. */
const mentions = (q: string | undefined, ...columns: string[]): SQL | undefined =>
  and(
    ...searchKey(q ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => sql`${unaccented(...columns)} like ${`%${likeEscaped(word)}%`}`),
  )

interface FileFilters {
  category?: FileCategory | undefined
  kind?: FileKind | undefined
  ownerId?: string | undefined
}

/** A page of the files that stand within the viewer's scope; of each its newest version. */
async function pageOfFiles(ctx: AppContext, viewer: Viewer, input: PageInput & FileFilters, where: SQL | undefined) {
  const sort = input.sort ?? '-createdAt'
  const descending = sort.startsWith('-')
  const order = sorts[descending ? sort.slice(1) : sort]
  if (!order) throw new Error(`no such order: ${sort}`)
  const limit = input.limit ?? defaultPageSize
  const rows = await selectFiles(ctx.db)
    .where(
      and(
        where,
        visibleFile(viewer),
        isNull(customerFiles.supersededAt),
        input.category === undefined ? undefined : eq(customerFiles.category, input.category),
        input.kind === undefined ? undefined : eq(customerFiles.kind, input.kind),
        input.ownerId === undefined ? undefined : eq(customerFiles.ownerId, input.ownerId),
        keysetAfter(input.cursor, sort, order.keys, descending),
      ),
    )
    .orderBy(...orderOf(order.keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, toFile, (row) => encodeCursor(sort, order.of(row)))
}

/** The files of a customer within the viewer's scope, the newest first unless told. Refuses `not-found`, `cursor-invalid`. */
export async function listFiles(ctx: AppContext, viewer: Viewer, customerId: string, input: PageInput & FileFilters) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const where = and(eq(customerFiles.customerId, customerId), mentions(input.q, ...named, ...ofMail, 'customer_file_mails.body'))
  return pageOfFiles(ctx, viewer, input, where)
}

/**
 * The files of all customers within the viewer's scope, the newest first unless told. The search leaves out what stands in e-mails: over all of them that
 * would be read for every word. Refuses `cursor-invalid`.
 */
export async function listAllFiles(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & FileFilters & { customerId?: string | undefined; from?: string | undefined; to?: string | undefined },
) {
  const { timeZone } = await findCompany(ctx.db)
  const startOf = (day: string) => instantOfLocal(day, '00:00', timeZone) ?? new Date(Number.NaN)
  const where = and(
    input.customerId === undefined ? undefined : eq(customerFiles.customerId, input.customerId),
    input.from === undefined ? undefined : gte(customerFiles.createdAt, startOf(input.from)),
    input.to === undefined ? undefined : lt(customerFiles.createdAt, startOf(addDays(input.to, 1))),
    mentions(input.q, ...named, ...ofMail),
  )
  return pageOfFiles(ctx, viewer, input, where)
}

const adders = alias(users, 'added_by')

/** All versions of a file within the viewer's scope, the newest first, each with who added it. Refuses `not-found`. */
export async function listFileVersions(ctx: AppContext, viewer: Viewer, fileId: string) {
  const { file } = await findVisibleFile(ctx.db, viewer, fileId)
  const series = file.seriesId ?? file.id
  const rows = await selectFiles(ctx.db)
    .where(and(or(eq(customerFiles.id, series), eq(customerFiles.seriesId, series)), visibleFile(viewer)))
    .orderBy(desc(customerFiles.revision))
    .limit(mostVersions)
  const people = await ctx.db
    .select({ id: adders.id, name: adders.name })
    .from(adders)
    .where(
      inArray(
        adders.id,
        rows.flatMap((row) => (row.file.createdBy === null ? [] : [row.file.createdBy])),
      ),
    )
  return {
    items: rows.map((row) => ({ ...toFile(row), addedBy: people.find((one) => one.id === row.file.createdBy) ?? null })),
  }
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
