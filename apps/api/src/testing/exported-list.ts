import type { testApi } from './test-api.ts'

/** A short list as a file, as its page exports it: Excel unless told. */
export async function exportedList(
  api: ReturnType<typeof testApi>,
  headers: Record<string, string>,
  body: { list: string; filters?: Record<string, string>; format?: 'xlsx' | 'csv' },
): Promise<Buffer> {
  const made = await api
    .request()
    .post('/api/v1/exports')
    .set({ ...headers, 'accept-language': 'es' })
    .send({ format: 'xlsx', ...body })
    .expect(201)
  const file = await api.request().get(`/api/v1/exports/${made.body.id}/file`).set(headers).responseType('blob').expect(200)
  return file.body
}
