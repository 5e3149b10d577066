import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type Company = EndpointOutput<Api['GET /api/v1/company']>
export type CompanyChange = Omit<EndpointInput<Api['PATCH /api/v1/company']>['body'], 'version'>
export type Holiday = EndpointOutput<Api['GET /api/v1/holidays']>['items'][number]

const everything = ['company']

export function useCompany() {
  return useQuery({
    key: [...everything, 'settings'],
    query: ({ signal }) => call('GET /api/v1/company', {}, { signal }),
  })
}

/** The holidays of a year; a country has some twenty, so one page holds them. */
export function useHolidays(year: () => number) {
  return useQuery(() => ({
    key: [...everything, 'holidays', year()],
    query: async ({ signal }) => {
      const query = { from: `${year()}-01-01`, to: `${year()}-12-31`, limit: 200 }
      return (await call('GET /api/v1/holidays', { query }, { signal })).items
    },
  }))
}

export const findPeople = async (q: string) =>
  (await call('GET /api/v1/users', { query: { q, active: 'true' } })).items.map(({ id, name, email }) => ({
    id,
    name,
    ...(email ? { detail: email } : {}),
  }))

export function useCompanyActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)
  return {
    async change(company: Company, change: CompanyChange): Promise<void> {
      await call('PATCH /api/v1/company', { body: { ...change, version: company.version } })
      await changed()
    },
    async changeLogo(file: File): Promise<void> {
      const body = new FormData()
      body.append('file', file)
      // The contract describes JSON bodies; an upload is a form, which the client sends as it is.
      await call('PUT /api/v1/company/logo', { body } as unknown as { body?: undefined })
      await changed()
    },
    async removeLogo(): Promise<void> {
      await call('DELETE /api/v1/company/logo', {})
      await changed()
    },
    async addHoliday(holiday: Holiday): Promise<void> {
      await call('POST /api/v1/holidays', { body: holiday })
      await changed()
    },
    async removeHoliday(holiday: Holiday): Promise<void> {
      await call('DELETE /api/v1/holidays/:day', { params: { day: holiday.day } })
      await changed()
    },
    async loadHolidays(country: string, year: number) {
      const answer = await call('POST /api/v1/holidays/imports', { body: { country, year } })
      await changed()
      return answer
    },
  }
}
