import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { defineEndpoint } from './endpoint.ts'
import { id, language, text } from './shapes.ts'

const lists = z.enum(['linked', 'overdue', 'open', 'none']).meta({
  description: "Which of the customer's open receivables it lists: those of the follow-up, the overdue ones, all, or none",
})
const url = '/api/v1/follow-up-documents'
const tag = 'Follow-up documents'

export const followUpDocumentEndpoints = {
  ...catalogueEndpoints({
    url,
    tag,
    words: { name: text(100), title: text(200), body: text(20_000), language, lists },
    // Times it was made for follow-ups that the reader sees.
    facts: { useCount: z.int().min(0).max(10_000_000) },
    sorts: ['name', '-name'],
    summaries: {
      list: 'Templates of documents that support follow-ups: the collection circular, ...',
      create: 'Add a template of a document',
      change: 'Change a template of a document, or switch it off and on',
      remove: 'Delete a template of which no document was made',
    },
  }),
  preview: defineEndpoint({
    method: 'POST',
    url: `${url}/previews`,
    summary: 'A text as the document of a customer would say it',
    tag,
    body: z.strictObject({
      title: z.string().max(200),
      body: z.string().max(20_000),
      language,
      lists,
      customerId: id,
    }),
    response: z.strictObject({
      problems: z
        .array(
          z.strictObject({
            field: z.enum(['title', 'body']),
            problem: z.string().max(500),
            line: z.int().min(1).max(1_000_000).nullable(),
            column: z.int().min(1).max(1_000_000).nullable(),
          }),
        )
        .max(2),
      title: z.string().max(600),
      /** Paragraphs of text; null stands for the table of receivables. */
      paragraphs: z.array(z.string().max(500_000).nullable()).max(10_000),
      table: z.strictObject({
        columns: z.array(z.string().max(60)).max(10),
        rows: z.array(z.array(z.string().max(300)).max(10)).max(50),
        totals: z.array(z.array(z.string().max(300)).max(10)).max(400),
        rowCount: z.int().min(0).max(1_000_000),
      }),
    }),
  }),
  previewPdf: defineEndpoint({
    method: 'POST',
    url: `${url}/preview-pdfs`,
    summary: 'The same as the PDF that the customer would get; nothing is kept',
    tag,
    body: z.strictObject({ title: text(200), body: text(20_000), language, lists, customerId: id }),
  }),
}
