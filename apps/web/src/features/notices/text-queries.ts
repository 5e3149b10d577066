import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import type { NoticeTextPlace } from '@cartera/domain/notices/notice-text'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type NoticeTemplate = EndpointOutput<Api['GET /api/v1/notice-templates']>['items'][number]
export type TemplateCheck = EndpointOutput<Api['POST /api/v1/notice-templates/checks']>
export type TextPreviewInput = EndpointInput<Api['POST /api/v1/notice-previews']>['body']
export type TextPreview = EndpointOutput<Api['POST /api/v1/notice-previews']>

const key = ['notices', 'texts']

/** The whole catalogue: at most 48 texts. */
export function useNoticeTexts() {
  return useQuery({
    key,
    query: async ({ signal }) => (await call('GET /api/v1/notice-templates', {}, { signal })).items,
  })
}

const paramsOf = ({ kind, level, language, tone }: NoticeTextPlace) => ({
  kind,
  level: String(level),
  language,
  tone,
})

export function useTextActions() {
  const refresh = useRefresh()
  const changed = () => refresh(['notices'])
  return {
    async write(place: NoticeTextPlace, text: { subject: string; body: string; version: number }): Promise<NoticeTemplate> {
      const answer = await call('PUT /api/v1/notice-templates/:kind/:level/:language/:tone', {
        params: paramsOf(place),
        body: text,
      })
      await changed()
      return answer
    },
    async remove(place: NoticeTextPlace): Promise<void> {
      await call('DELETE /api/v1/notice-templates/:kind/:level/:language/:tone', { params: paramsOf(place) })
      await changed()
    },
    async addReady(): Promise<number> {
      const { added } = await call('POST /api/v1/notice-templates/ready-texts', {})
      await changed()
      return added
    },
  }
}

export const checkText = (text: { subject: string; body: string }, signal: AbortSignal): Promise<TemplateCheck> =>
  call('POST /api/v1/notice-templates/checks', { body: text }, { signal })

/** The text as a customer would get it; without a customer, as a made-up one would. */
export const previewText = (customerId: string | null, body: TextPreviewInput, signal: AbortSignal): Promise<TextPreview> =>
  customerId
    ? call('POST /api/v1/customers/:id/notice-previews', { params: { id: customerId }, body }, { signal })
    : call('POST /api/v1/notice-previews', { body }, { signal })

export const sendTextTest = (customerId: string, body: TextPreviewInput) =>
  call('POST /api/v1/customers/:id/notice-tests', { params: { id: customerId }, body })
