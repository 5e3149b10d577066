import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call, download } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'

type PreviewBody = EndpointInput<Api['POST /api/v1/follow-up-documents/previews']>['body']
export type DocumentDraft = Omit<PreviewBody, 'lists'> & { lists: string }
const bodyOf = (draft: DocumentDraft) => draft as PreviewBody

export const previewDraft = (draft: DocumentDraft, signal: AbortSignal) =>
  call('POST /api/v1/follow-up-documents/previews', { body: bodyOf(draft) }, { signal })

/** The draft as PDF. */
export async function openDraftPdf(draft: DocumentDraft): Promise<void> {
  const { blob } = await download('POST /api/v1/follow-up-documents/preview-pdfs', { body: bodyOf(draft) })
  saveFile(blob, `${draft.title}.pdf`)
}

/** Hands a file to the person as a download. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // Not at once: the browser has not begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

export type Attachment = EndpointOutput<Api['GET /api/v1/follow-ups/:id/attachments']>['items'][number]
type Sent = EndpointInput<Api['POST /api/v1/follow-up-attachments/:id/mails']>['body']

export function useAttachments(followUpId: () => string) {
  return useQuery(() => ({
    key: ['follow-ups', 'attachments', followUpId()],
    query: ({ signal }) => call('GET /api/v1/follow-ups/:id/attachments', { params: { id: followUpId() } }, { signal }),
  }))
}

/** The templates that can be made now. */
export function useDocuments() {
  return useQuery({
    key: ['follow-up-documents', 'active'],
    query: ({ signal }) => call('GET /api/v1/follow-up-documents', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

export async function saveAttachment({ id, name }: Attachment): Promise<void> {
  const { blob } = await download('GET /api/v1/follow-up-attachments/:id/pdf', { params: { id } })
  saveFile(blob, name)
}

export function useAttachmentActions() {
  const refresh = useRefresh()
  async function changed<T>(answer: Promise<T>): Promise<T> {
    const done = await answer
    await refresh(['follow-ups', 'attachments'], ['follow-ups', 'history'])
    return done
  }
  return {
    make: (followUpId: string, documentId: string) =>
      changed(call('POST /api/v1/follow-ups/:id/attachments', { params: { id: followUpId }, body: { documentId } })),
    send: (id: string, body: Sent) => changed(call('POST /api/v1/follow-up-attachments/:id/mails', { params: { id }, body })),
    sendAgain: (id: string, mailId: string) =>
      changed(call('POST /api/v1/follow-up-attachments/:id/mail-retries', { params: { id }, body: { mailId } })),
  }
}
