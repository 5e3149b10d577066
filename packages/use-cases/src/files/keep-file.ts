import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Transaction } from '@cartera/db/connect'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { displayFileName, fileEnding, fileKindOf } from '@cartera/domain/files/file-kind'
import { Refusal } from '@cartera/domain/refusal'
import { and, count, eq, isNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { drawPreview } from '../payment-claims/read-voucher.ts'
import { lookIntoFile, readMailInFile } from './look-into-file.ts'
import { findVisibleFile, lockVisibleFile, mostVersions, selectFiles, toFile } from './visible-file.ts'

/** Of one customer; more are a mistake of a machine. */
const mostFiles = 5000
/** Who sends nothing for so long has broken off. */
const stallMs = 30_000

/** The key of the picture that was drawn of a file. */
export const previewKey = (fileId: string) => `${fileId}.preview`

/** A size as people read it: 25 MiB. */
const inMebibytes = (bytes: number) => `${Math.floor(bytes / 1_048_576)} MiB`

/**
 * Keeps a file of a customer: the row first, then the bytes as they come, then both are settled in one transaction. Whatever fails on the way leaves nothing:
 * what this process could not take back itself (it was killed) is swept. Refuses `not-found`, `file-name-empty`, `files-too-many`, `file-too-large`,
 * `file-blank`, `file-interrupted`, `file-is-program`, `file-not-what-it-says`.
 */
export async function keepFile(ctx: AppContext, viewer: Viewer, customerId: string, input: { name: string; content: Readable }) {
  const name = displayFileName(input.name)
  if (name === null) throw new Refusal('file-name-empty', { field: 'file' })
  return keep(ctx, viewer, { customerId, ownerId: viewer.userId, name, content: input.content, before: null })
}

/**
 * Keeps a new version of a file, in the way of `keepFile`: it takes over name (unless its ending is another one), category, description and owner, and the
 * version that stood is listed no more, but kept. Refuses `not-found`, `changed-meanwhile` where a newer version stands already, and what `keepFile` refuses.
 */
export async function keepFileVersion(
  ctx: AppContext,
  viewer: Viewer,
  fileId: string,
  input: { name: string; content: Readable },
) {
  const told = displayFileName(input.name)
  if (told === null) throw new Refusal('file-name-empty', { field: 'file' })
  const { file: before } = await findVisibleFile(ctx.db, viewer, fileId)
  if (before.supersededAt !== null) throw new Refusal('changed-meanwhile')
  if (before.revision >= mostVersions) throw new Refusal('files-too-many', { field: 'file', params: { max: mostVersions } })
  const { customerId, ownerId } = before
  const name = fileEnding(told) === fileEnding(before.name) ? before.name : told
  return keep(ctx, viewer, { customerId, ownerId, name, content: input.content, before })
}

interface Coming {
  customerId: string
  ownerId: string
  name: string
  content: Readable
  /** What it takes the place of. */
  before: typeof customerFiles.$inferSelect | null
}

async function keep(ctx: AppContext, viewer: Viewer, coming: Coming) {
  const { customerId, ownerId, name } = coming
  const fileId = await ctx.db.transaction(async (tx) => {
    await findVisibleCustomer(tx, viewer, customerId)
    const [held] = await tx
      .select({ files: count() })
      .from(customerFiles)
      .where(and(eq(customerFiles.customerId, customerId), isNull(customerFiles.deletedAt)))
    if ((held?.files ?? 0) >= mostFiles) throw new Refusal('files-too-many', { field: 'file', params: { max: mostFiles } })
    const [made] = await tx
      .insert(customerFiles)
      .values({
        customerId,
        ownerId,
        name,
        happenedAt: ctx.now(),
        createdAt: ctx.now(),
        createdBy: viewer.userId,
      })
      .returning({ id: customerFiles.id })
    if (!made) throw new Error('the file was not written')
    return made.id
  })
  try {
    return await arrive(ctx, viewer, fileId, coming)
  } catch (error) {
    // Of the row only what has not settled: an answer that was lost after the commit must not take the file along.
    const gone = await ctx.db
      .delete(customerFiles)
      .where(and(eq(customerFiles.id, fileId), eq(customerFiles.state, 'arriving')))
      .returning({ id: customerFiles.id })
    if (gone.length > 0) await forgetBytes(ctx, fileId)
    throw error
  } finally {
    await ctx.files.forgetArriving(fileId)
  }
}

/** Refuses `not-found` to who does not see the customer. */
export async function requireCustomer(ctx: AppContext, viewer: Viewer, customerId: string): Promise<void> {
  await findVisibleCustomer(ctx.db, viewer, customerId)
}

/** Takes every byte of a file out of the store. */
export async function forgetBytes(ctx: AppContext, fileId: string): Promise<void> {
  await ctx.files.remove(fileId)
  await ctx.files.remove(previewKey(fileId))
}

async function arrive(ctx: AppContext, viewer: Viewer, fileId: string, { name, content, before }: Coming) {
  const path = await ctx.files.arrivingPath(fileId)
  const { size, sha256 } = await receive(content, path, ctx.files.mostBytes)
  const kind = fileKindOf(name, await lookIntoFile(path))
  if ('refusal' in kind) throw new Refusal(kind.refusal, { field: 'file', params: { ending: fileEnding(name) } })
  const ending = fileEnding(name)
  const mail = kind.kind === 'mail' && (ending === 'eml' || ending === 'msg') ? await readMailInFile(path, ending) : null
  // Called an e-mail, and none can be read in it.
  if (kind.kind === 'mail' && mail === null) throw new Refusal('file-not-what-it-says', { field: 'file', params: { ending } })
  const preview = kind.kind === 'image' ? await drawPreview(path, kind.mediaType) : null
  await ctx.files.settle(fileId, size)
  if (preview !== null) await ctx.files.put(previewKey(fileId), preview)
  const now = ctx.now()
  const sentAt = mail?.sentAt == null ? null : new Date(mail.sentAt)
  return ctx.db.transaction(async (tx) => {
    const series = before === null ? {} : await supersede(tx, viewer, before.id, now)
    const [kept] = await tx
      .update(customerFiles)
      .set({
        ...series,
        state: 'kept',
        size,
        sha256,
        ...kind,
        ...(mail === null ? {} : { category: 'correspondence' as const }),
        hasPreview: preview !== null,
        // A date that its sender made up must not stand in the future.
        happenedAt: sentAt !== null && sentAt < now ? sentAt : now,
      })
      .where(and(eq(customerFiles.id, fileId), eq(customerFiles.state, 'arriving')))
      .returning()
    // It took longer than the sweep waits: its bytes go with it.
    if (!kept) {
      await forgetBytes(ctx, fileId)
      throw new Refusal('file-interrupted', { field: 'file' })
    }
    if (mail !== null)
      await tx.insert(customerFileMails).values({
        fileId,
        fromName: mail.from.name,
        fromAddress: mail.from.address,
        recipients: mail.recipients,
        subject: mail.subject,
        sentAt,
        html: mail.html,
        body: mail.text,
        blockedImages: mail.blockedImages,
        attachments: mail.attachments,
      })
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'file',
      entityId: fileId,
      changes: {
        customerId: kept.customerId,
        name,
        size,
        kind: kind.kind,
        sha256,
        ...(before === null ? {} : { revision: kept.revision, replaces: before.id }),
      },
    })
    const [row] = await selectFiles(tx).where(eq(customerFiles.id, fileId))
    if (!row) throw new Error('the file was not written')
    return toFile(row)
  })
}

/** Takes the version that stood out of the lists; answers what the one in its place takes over. Whoever was first wins: `changed-meanwhile`. */
async function supersede(tx: Transaction, viewer: Viewer, fileId: string, now: Date) {
  const stood = await lockVisibleFile(tx, viewer, fileId)
  if (stood.supersededAt !== null) throw new Refusal('changed-meanwhile')
  await tx
    .update(customerFiles)
    .set({ supersededAt: now, version: stood.version + 1 })
    .where(eq(customerFiles.id, fileId))
  return {
    seriesId: stood.seriesId ?? stood.id,
    revision: stood.revision + 1,
    category: stood.category,
    description: stood.description,
  }
}

/** Writes what comes to a path of this machine, counted while it comes; not a byte more than the limit is written. */
async function receive(content: Readable, path: string, mostBytes: number): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  const file = await open(path, 'w', 0o600)
  let size = 0
  let stalled: NodeJS.Timeout | undefined
  const wait = () => {
    clearTimeout(stalled)
    stalled = setTimeout(() => content.destroy(new Refusal('file-interrupted', { field: 'file' })), stallMs)
  }
  try {
    wait()
    for await (const chunk of content) {
      wait()
      const bytes = chunk as Buffer
      size += bytes.length
      if (size > mostBytes) throw new Refusal('file-too-large', { field: 'file', params: { max: inMebibytes(mostBytes) } })
      hash.update(bytes)
      await file.writeFile(bytes)
    }
    if (size === 0) throw new Refusal('file-blank', { field: 'file' })
    // On the disk before a row says that it is.
    await file.sync()
    return { size, sha256: hash.digest('hex') }
  } catch (error) {
    // However a connection ends, to whoever reads it is one thing: the file did not come whole.
    throw error instanceof Refusal || (error as NodeJS.ErrnoException).code === 'ENOSPC'
      ? error
      : new Refusal('file-interrupted', { field: 'file' })
  } finally {
    clearTimeout(stalled)
    await file.close()
  }
}

/** What whoever chooses files is told before they are sent. */
export const findFileSettings = (ctx: AppContext) => ({ mostBytes: ctx.files.mostBytes })
