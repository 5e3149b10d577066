import type { Querier } from '@cartera/db/connect'
import { noticeTemplates } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import type { NoticeLanguage, NoticeText, NoticeTextPlace } from '@cartera/domain/notices/notice-text'
import { noticeTextPlaces, type ReadyTextCountry, readyText } from '@cartera/domain/notices/ready-texts'
import { type MissingVariable, missingVariables } from '@cartera/domain/notices/template-variables'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { TemplateProblem } from './liquid-text.ts'
import { languageOfUser, typedIn } from './notice-settings.ts'
import { checkTemplate, requireTemplate, variablesUsed } from './render-notice.ts'

type TemplateRow = typeof noticeTemplates.$inferSelect

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-notice-settings')
  if (refusal) throw new Refusal(refusal)
}

const placeOf = ({ kind, level, language, tone }: TemplateRow): NoticeTextPlace => ({
  kind,
  level,
  language: language === 'en' ? 'en' : 'es',
  tone,
})
const atPlace = (place: NoticeTextPlace) =>
  and(
    eq(noticeTemplates.kind, place.kind),
    eq(noticeTemplates.level, place.level),
    eq(noticeTemplates.language, place.language),
    eq(noticeTemplates.tone, place.tone),
  )

/** What a subject and a body do not name; nothing where they cannot be read at all. */
function missingOf(text: NoticeText): { field: 'subject' | 'body'; missing: MissingVariable }[] {
  return (['subject', 'body'] as const).flatMap((field) => {
    try {
      return missingVariables(field, variablesUsed(text[field])).map((missing) => ({ field, missing }))
    } catch (error) {
      if (error instanceof TemplateProblem) return []
      throw error
    }
  })
}

function onWire(row: TemplateRow) {
  const place = placeOf(row)
  const ready = readyText(place)
  return {
    id: row.id,
    ...place,
    subject: row.subject,
    body: row.body,
    ready: ready.subject === row.subject && ready.body === row.body,
    missing: [...new Set(missingOf(row).map((one) => one.missing))],
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }
}

/** The catalogue of texts; everyone who signs in may read it, since it is what the company says. */
export async function listNoticeTemplates(ctx: AppContext, _viewer: Viewer) {
  const rows = await ctx.db
    .select()
    .from(noticeTemplates)
    .orderBy(asc(noticeTemplates.language), asc(noticeTemplates.tone), asc(noticeTemplates.kind), asc(noticeTemplates.level))
  return { items: rows.map(onWire) }
}

/** Writes the text of a place. Refuses `not-allowed`, `changed-meanwhile`, `template-invalid`. */
export async function writeNoticeTemplate(
  ctx: AppContext,
  viewer: Viewer,
  place: NoticeTextPlace,
  input: NoticeText & { version: number },
) {
  requireSettings(viewer)
  const language = await languageOfUser(ctx.db, viewer.userId)
  requireTemplate(input.subject, 'subject', language)
  requireTemplate(input.body, 'body', language)
  const { version, subject, body } = input
  return ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(noticeTemplates).where(atPlace(place)).for('update')
    if ((before?.version ?? 0) !== version) throw new Refusal('changed-meanwhile')
    const [after] = before
      ? await tx
          .update(noticeTemplates)
          .set({ subject, body, version: version + 1, updatedAt: ctx.now() })
          .where(eq(noticeTemplates.id, before.id))
          .returning()
      : await tx
          .insert(noticeTemplates)
          .values({ ...place, subject, body, updatedAt: ctx.now() })
          // Somebody else was first, between the look and the writing.
          .onConflictDoNothing()
          .returning()
    if (!after) throw new Refusal('changed-meanwhile')
    await recordAudit(tx, ctx, viewer, {
      action: before ? 'change' : 'create',
      entity: 'notice-template',
      entityId: after.id,
      changes: {
        ...place,
        ...(before ? changesBetween(before, { subject, body }) : { subject, body }),
        ...typedIn([subject, body]),
      },
    })
    return onWire(after)
  })
}

/** Removes the text of a place. Refuses `not-allowed`, `not-found`, and `template-last` for the last one of its kind. */
export async function removeNoticeTemplate(ctx: AppContext, viewer: Viewer, place: NoticeTextPlace): Promise<void> {
  requireSettings(viewer)
  await ctx.db.transaction(async (tx) => {
    // All of the kind are locked, so that two people cannot each remove what the other left.
    const ofKind = await tx
      .select()
      .from(noticeTemplates)
      .where(eq(noticeTemplates.kind, place.kind))
      .orderBy(noticeTemplates.id)
      .for('update')
    const row = ofKind.find((one) => one.level === place.level && one.language === place.language && one.tone === place.tone)
    if (!row) throw new Refusal('not-found')
    if (ofKind.length === 1) throw new Refusal('template-last')
    await tx.delete(noticeTemplates).where(eq(noticeTemplates.id, row.id))
    const { subject, body } = row
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'notice-template',
      entityId: row.id,
      changes: { ...place, subject, body },
    })
  })
}

/** Adds the ready texts that are missing. Refuses `not-allowed`. */
export async function addReadyTexts(ctx: AppContext, viewer: Viewer) {
  requireSettings(viewer)
  return ctx.db.transaction(async (tx) => {
    const added = await installReadyTexts(tx, ctx)
    if (added > 0)
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'notice-template',
        entityId: 'many',
        changes: { readyTexts: added },
      })
    return { added }
  })
}

/** Writes the ready texts wherever the catalogue has none, in the words of the country. Answers how many. */
export async function installReadyTexts(
  db: Querier,
  ctx: AppContext,
  country: ReadyTextCountry | null = null,
  places: readonly NoticeTextPlace[] = noticeTextPlaces(),
): Promise<number> {
  const written = await db
    .insert(noticeTemplates)
    .values(places.map((place) => ({ ...place, ...readyText(place, country), updatedAt: ctx.now() })))
    .onConflictDoNothing({
      target: [noticeTemplates.kind, noticeTemplates.level, noticeTemplates.language, noticeTemplates.tone],
    })
    .returning({ id: noticeTemplates.id })
  return written.length
}

/** What is wrong with a subject and a body, said in the viewer's language, and what a reader would miss. */
export async function checkNoticeTemplate(ctx: AppContext, viewer: Viewer, text: NoticeText) {
  const language: NoticeLanguage = await languageOfUser(ctx.db, viewer.userId)
  const problems = (['subject', 'body'] as const).flatMap((field) => {
    try {
      checkTemplate(text[field])
      return []
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error
      return [{ field, problem: error[language], line: error.place?.line ?? null, column: error.place?.column ?? null }]
    }
  })
  return { problems, missing: missingOf(text) }
}
