import type { Api } from '@cartera/contract/api'
import type { EndpointInput } from '@cartera/contract/endpoint'
import { call, download } from '../../api/client.ts'

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
