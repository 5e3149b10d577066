import { fileCategories, fileKinds } from '@cartera/domain/files/file-kind'
import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, id, instant, sortableText, unaccented, version } from './columns.ts'
import { customers } from './customers.ts'
import { users } from './organisation.ts'

/**
 * A file of a customer: its row here, its bytes in the file store under the row's id. The row comes first (`arriving`), then the bytes, and the row is
 * settled last; what never settled is swept. Seen by its owner's present place.
 */
export const customerFiles = pgTable(
  'customer_files',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    state: text({ enum: ['arriving', 'kept'] })
      .notNull()
      .default('arriving'),
    name: text().notNull(),
    nameKey: sortableText().notNull().generatedAlwaysAs(unaccented('name')),
    description: text(),
    category: text({ enum: fileCategories }).notNull().default('other'),
    /** What it is by its content, as it is served. */
    mediaType: text().notNull().default('application/octet-stream'),
    kind: text({ enum: fileKinds }).notNull().default('other'),
    size: bigint({ mode: 'number' }).notNull().default(0),
    sha256: text(),
    /** A picture of it was drawn, and lies beside it in the store. */
    hasPreview: boolean().notNull().default(false),
    /** Where it stands on the timeline: an e-mail at its own date. */
    happenedAt: instant().notNull(),
    /** The first of its versions; null for that one itself. */
    seriesId: uuid().references((): AnyPgColumn => customerFiles.id),
    /** Which version of it this is, from 1 on. */
    revision: integer().notNull().default(1),
    /** When a newer version took its place; null for the one that stands. */
    supersededAt: instant(),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    uniqueIndex('customer_files_series').on(t.seriesId, t.revision).where(sql`series_id is not null and state = 'kept'`),
    index('customer_files_newest')
      .on(t.createdAt, t.id)
      .where(sql`state = 'kept' and deleted_at is null and superseded_at is null`),
    index('customer_files_customer').on(t.customerId, t.createdAt, t.id).where(sql`state = 'kept' and deleted_at is null`),
    index('customer_files_happened').on(t.customerId, t.happenedAt, t.id).where(sql`state = 'kept' and deleted_at is null`),
    index('customer_files_owner').on(t.ownerId),
    index('customer_files_arriving').on(t.createdAt).where(sql`state = 'arriving'`),
    check('customer_files_size', sql`size >= 0`),
    check('customer_files_revision', sql`revision >= 1 and (revision > 1) = (series_id is not null)`),
    check('customer_files_settled', sql`state = 'arriving' or sha256 is not null`),
  ],
)

/** A person in an e-mail: either part may be missing. */
export interface MailPerson {
  name: string
  address: string
  /** How they were written to. */
  as: 'to' | 'cc' | 'bcc'
}

export interface MailAttachment {
  /** Which one it is inside the e-mail. */
  index: number
  name: string
  size: number
}

/** What was read of an e-mail (.eml, .msg) that is kept as a file; its body is made safe already. */
export const customerFileMails = pgTable('customer_file_mails', {
  fileId: uuid()
    .primaryKey()
    .references(() => customerFiles.id, { onDelete: 'cascade' }),
  fromName: text().notNull(),
  fromAddress: text().notNull(),
  recipients: jsonb().$type<MailPerson[]>().notNull(),
  subject: text().notNull(),
  sentAt: instant(),
  /** Null where the sender wrote plain text alone. */
  html: text(),
  body: text().notNull(),
  /** Pictures elsewhere that its HTML wanted to show, and that are not asked for. */
  blockedImages: integer().notNull().default(0),
  attachments: jsonb().$type<MailAttachment[]>().notNull(),
})
