import { defineEndpoint } from './endpoint.ts'
import { idParams } from './shapes.ts'

const tag = 'Collection file'

export const collectionFileEndpoints = {
  zip: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/collection-file.zip',
    summary:
      'Everything about collecting from a customer: notices as sent, contacts, promises, disputes, statement; with SHA-256 of each part',
    tag,
    params: idParams,
  }),
  pdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/collection-file.pdf',
    summary: 'The same on paper, without the mails themselves',
    tag,
    params: idParams,
  }),
}
