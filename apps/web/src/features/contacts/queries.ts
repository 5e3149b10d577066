import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type Contact = EndpointOutput<Api['GET /api/v1/customers/:id/contacts']>['items'][number]
type NewContact = EndpointInput<Api['POST /api/v1/customers/:id/contacts']>['body']

const everything = ['contacts']

export function useContactList(customerId: () => string) {
  return useKeysetList<Contact>(() => ({
    key: [...everything, 'list', customerId()],
    load: (cursor, signal) =>
      call('GET /api/v1/customers/:id/contacts', { params: { id: customerId() }, query: { cursor } }, { signal }),
  }))
}

export type AddressFlag = EndpointOutput<Api['GET /api/v1/customers/:id/address-flags']>['items'][number]

/** The addresses of the customer and its contacts that could not be delivered to. */
export function useAddressFlags(customerId: () => string) {
  return useQuery(() => ({
    key: ['address-flags', customerId()],
    query: ({ signal }) => call('GET /api/v1/customers/:id/address-flags', { params: { id: customerId() } }, { signal }),
  }))
}

export type PortalAccess = EndpointOutput<Api['GET /api/v1/customers/:id/contacts/:contactId/portal-access']>

/** The portal links and sessions of a contact, while somebody looks at them. */
export function usePortalAccess(contact: () => { customerId: string; contactId: string } | null) {
  return useQuery(() => {
    const asked = contact()
    return {
      key: [...everything, 'portal', asked?.contactId ?? ''],
      enabled: asked !== null,
      query: ({ signal }) =>
        call(
          'GET /api/v1/customers/:id/contacts/:contactId/portal-access',
          { params: { id: asked?.customerId ?? '', contactId: asked?.contactId ?? '' } },
          { signal },
        ),
    }
  })
}

export function useContactActions(customerId: () => string) {
  const refresh = useRefresh()
  // The profile counts them.
  const changed = () => refresh(everything, ['customers', 'one', customerId()])

  return {
    /** The newest of a contact; the list is the only place where one can be read. */
    async readAgain(id: string): Promise<Contact | undefined> {
      const { items } = await call('GET /api/v1/customers/:id/contacts', {
        params: { id: customerId() },
        query: { limit: '200' },
      })
      return items.find((each) => each.id === id)
    },
    async clearFlag(address: string): Promise<void> {
      await call('POST /api/v1/customers/:id/address-clearances', { params: { id: customerId() }, body: { address } })
      await refresh(['address-flags', customerId()])
    },
    async invite(contact: Contact): Promise<void> {
      await call('POST /api/v1/customers/:id/contacts/:contactId/portal-invitations', {
        params: { id: customerId(), contactId: contact.id },
      })
      await changed()
    },
    async revoke(contact: Contact): Promise<void> {
      await call('POST /api/v1/customers/:id/contacts/:contactId/portal-revocations', {
        params: { id: customerId(), contactId: contact.id },
      })
      await changed()
    },
    async clearWrongPerson(contact: Contact): Promise<void> {
      await call('POST /api/v1/customers/:id/contacts/:contactId/wrong-person-clearances', {
        params: { id: customerId(), contactId: contact.id },
      })
      await changed()
    },
    async create(body: NewContact): Promise<void> {
      await call('POST /api/v1/customers/:id/contacts', { params: { id: customerId() }, body })
      await changed()
    },
    async change(contact: Contact, body: Partial<NewContact>): Promise<void> {
      await call('PATCH /api/v1/customers/:id/contacts/:contactId', {
        params: { id: customerId(), contactId: contact.id },
        body: { ...body, version: contact.version },
      })
      await changed()
    },
    async remove(contact: Contact): Promise<void> {
      await call('DELETE /api/v1/customers/:id/contacts/:contactId', { params: { id: customerId(), contactId: contact.id } })
      await changed()
    },
  }
}
