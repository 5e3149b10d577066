import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { followUpAttachments, followUpDocuments, followUps } from '@cartera/db/schema/follow-ups'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import type { DocumentLists } from '@cartera/domain/follow-ups/document-variables'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { languageOfUser } from '../notices/notice-settings.ts'
import type { Language } from '../notices/notice-words.ts'
import { documentTextProblem, fillDocument } from './document-text.ts'
import { findDocumentContent, makeDocumentPdf } from './find-document-content.ts'

/** Refuses `template-invalid` at the field, in the person's language. */
async function requireTexts(
  db: Querier,
  viewer: Viewer,
  texts: { title?: string | undefined; body?: string | undefined },
): Promise<void> {
  for (const field of ['title', 'body'] as const) {
    const problem = texts[field] === undefined ? null : documentTextProblem(texts[field])
    if (problem) throw problem.refusal(field, await languageOfUser(db, viewer.userId))
  }
}

/** Templates of documents that support follow-ups; the count is of what was made for follow-ups that the viewer sees. */
export const followUpDocumentCatalogue = defineCatalogue({
  table: followUpDocuments,
  entity: 'follow-up-document',
  words: ['name'],
  columns: ['title', 'body', 'language', 'lists'],
  check: requireTexts,
  facts: (viewer) => ({
    useCount: sql`coalesce(((select json_object_agg(document_id, n) from (
        select follow_up_attachments.document_id, count(*) as n from ${followUpAttachments}
        join ${followUps} on follow_ups.id = follow_up_attachments.follow_up_id
        join ${customers} on ${eq(customers.id, followUps.customerId)}
        where ${visibleFollowUp(viewer) ?? sql`true`} group by follow_up_attachments.document_id
      ) counted) ->> follow_up_documents.id::text)::integer, 0)`.mapWith(Number),
  }),
})

interface PreviewInput {
  title: string
  body: string
  language: Language
  lists: DocumentLists
  customerId: string
}

/** As many rows as a preview on screen shows; the PDF has all. */
const mostPreviewRows = 50

function requireCatalogues(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-catalogues')
  if (refusal) throw new Refusal(refusal)
}

async function contentFor(ctx: AppContext, viewer: Viewer, input: PreviewInput) {
  const customer = await findVisibleCustomer(ctx.db, viewer, input.customerId)
  return findDocumentContent(ctx.db, ctx, customer, input, { followUp: null, contact: null, agentId: viewer.userId })
}

/**
 * What a text that is being written would say to a customer, or what is wrong with it and where. Refuses `not-allowed`, `not-found`,
 * `document-too-long`.
 */
export async function previewDocument(ctx: AppContext, viewer: Viewer, input: PreviewInput) {
  requireCatalogues(viewer)
  const content = await contentFor(ctx, viewer, input)
  const language = await languageOfUser(ctx.db, viewer.userId)
  const problems = (['title', 'body'] as const).flatMap((field) => {
    const problem = documentTextProblem(input[field])
    if (problem === null) return []
    const { line = null, column = null } = problem.place ?? {}
    return [{ field, problem: problem[language].slice(0, 500), line, column }]
  })
  const table = { columns: [], rows: [], totals: [], rowCount: 0 }
  if (problems.length > 0) return { problems, title: '', paragraphs: [], table }
  const text = fillDocument(content, input)
  return {
    problems,
    title: text.title,
    paragraphs: text.paragraphs.slice(0, 10_000),
    table: { ...text.table, rows: text.table.rows.slice(0, mostPreviewRows), rowCount: text.table.rows.length },
  }
}

/** The same as PDF; nothing is kept. Refuses what `previewDocument` refuses, and `template-invalid`. */
export async function previewDocumentPdf(ctx: AppContext, viewer: Viewer, input: PreviewInput): Promise<Buffer> {
  requireCatalogues(viewer)
  const content = await contentFor(ctx, viewer, input)
  await requireTexts(ctx.db, viewer, input)
  return makeDocumentPdf(ctx.db, ctx.now(), content, fillDocument(content, input))
}
