import { noteEndpoints } from '@cartera/contract/notes'
import type { AppContext } from '@cartera/use-cases/app-context'
import { countNotesByDepartment, listNotesOfCustomer, reportNotes } from '@cartera/use-cases/notes/list-notes'
import { notePdf } from '@cartera/use-cases/notes/note-report-files'
import { createNote, readNote, removeNote } from '@cartera/use-cases/notes/write-note'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function noteRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, noteEndpoints.ofCustomer, async ({ ctx, viewer, params, query }) =>
    listNotesOfCustomer(ctx, viewer, params.id, query),
  )
  route(app, ctx, noteEndpoints.create, async ({ ctx, viewer, params, body }) => createNote(ctx, viewer, params.id, body))
  route(app, ctx, noteEndpoints.report, async ({ ctx, viewer, query }) => reportNotes(ctx, viewer, query))
  route(app, ctx, noteEndpoints.pdf, async ({ ctx, viewer, query, reply }) => {
    const { fileName, pdf } = await notePdf(ctx, viewer, query)
    await reply.type('application/pdf').header('content-disposition', `attachment; filename="${fileName}"`).send(pdf)
  })
  route(app, ctx, noteEndpoints.byDepartment, async ({ ctx, viewer, query }) => countNotesByDepartment(ctx, viewer, query))
  route(app, ctx, noteEndpoints.read, async ({ ctx, viewer, params }) => readNote(ctx, viewer, params.id))
  route(app, ctx, noteEndpoints.remove, async ({ ctx, viewer, params }) => removeNote(ctx, viewer, params.id))
}
