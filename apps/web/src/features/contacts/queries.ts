import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Contact = EndpointOutput<Api['GET /api/v1/customers/:id/contacts']>['items'][number]
export type ContactWhole = EndpointOutput<Api['GET /api/v1/customers/:id/contacts/:contactId']>
export type ConsentFacts = EndpointInput<Api['POST /api/v1/customers/:id/contacts/:contactId/consents']>['body']
export type Channel = ContactWhole['consents'][number]['channel']
type NewContact = EndpointInput<Api['POST /api/v1/customers/:id/contacts']>['body']

const everything = ['contacts']

/** Where a contact is: of which customer, and which one. */
export interface ContactPlace {
  customerId: string
  contactId: string
}

export function useContactList(customerId: () => string, deleted: () => boolean) {
  return useKeysetList<Contact>(() => ({
    key: [...everything, 'list', customerId(), deleted()],
    load: (cursor, signal) =>
      call(
        'GET /api/v1/customers/:id/contacts',
        { params: { id: customerId() }, query: { cursor, ...(deleted() ? { deleted: 'true' as const } : {}) } },
        { signal },
      ),
  }))
}

const readOne = (place: ContactPlace, signal?: AbortSignal) =>
  call(
    'GET /api/v1/customers/:id/contacts/:contactId',
    { params: { id: place.customerId, contactId: place.contactId } },
    signal ? { signal } : {},
  )

/** One contact with the history of what they consented to, while somebody looks at it. */
export function useContact(place: () => ContactPlace | null) {
  return useQuery<ContactWhole>(() => {
    const asked = place()
    return {
      key: [...everything, 'one', asked?.contactId ?? ''],
      enabled: asked !== null,
      query: ({ signal }) => readOne(asked ?? { customerId: '', contactId: '' }, signal),
    }
  })
}

export type ListedContact = EndpointOutput<Api['GET /api/v1/contacts']>['items'][number]
export type DirectoryFilters = NonNullable<EndpointInput<Api['GET /api/v1/contacts']>['query']>
type ExportFilters = NonNullable<EndpointInput<Api['GET /api/v1/contacts/vcards']>['query']>

/** The contacts of all customers under the filters, page by page. */
export function useDirectory(filters: () => DirectoryFilters) {
  return useKeysetList<ListedContact>(() => {
    const query = filters()
    return {
      key: [...everything, 'directory', query as Record<string, string>],
      load: (cursor, signal) => call('GET /api/v1/contacts', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The directory as vCards: under the filters, or those chosen. */
export const saveDirectoryCards = (query: ExportFilters) => saveFile('GET /api/v1/contacts/vcards', { query }, 'contactos.vcf')

/** A contact as vCard. */
export const saveCard = (place: ContactPlace) =>
  saveFile(
    'GET /api/v1/customers/:id/contacts/:contactId/vcard',
    { params: { id: place.customerId, contactId: place.contactId } },
    'contacto.vcf',
  )

/** A customer and its contacts as vCard. */
export const saveCustomerCards = (customerId: string) =>
  saveFile('GET /api/v1/customers/:id/vcard', { params: { id: customerId } }, 'cliente.vcf')

export type ReadCard = EndpointOutput<Api['POST /api/v1/customers/:id/contact-card-readings']>['items'][number]

/** Customers, for an EntitySelect. */
export async function findCustomers(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers', { query: { q, limit: 20 } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.code }))
}

export async function findCustomer(id: string): Promise<Entity | undefined> {
  const one = await call('GET /api/v1/customers/:id', { params: { id } })
  return { id: one.id, name: one.name }
}

/** The active users, for an EntitySelect. */
export async function findAgents(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers/agents', { query: { q } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.branch.name }))
}

/** The profiles in use, to suggest. */
export function useContactProfiles() {
  return useQuery(() => ({
    key: [...everything, 'profiles'],
    staleTime: 60_000,
    query: ({ signal }) => call('GET /api/v1/contact-profiles', {}, { signal }),
  }))
}

export type AlikeContact = EndpointOutput<Api['GET /api/v1/customers/:id/contact-duplicates']>['items'][number]

/** Contacts of the customer with the same address, phone or name. */
export async function findAlike(
  customerId: string,
  query: { name: string; email: string; phone: string; mobile: string; except?: string },
): Promise<AlikeContact[]> {
  return (await call('GET /api/v1/customers/:id/contact-duplicates', { params: { id: customerId }, query })).items
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
    /** The newest of a contact; undefined once it is deleted or cannot be read. */
    readAgain: (id: string): Promise<Contact | undefined> =>
      readOne({ customerId: customerId(), contactId: id }).then(
        (found) => (found.deletedAt === null ? found : undefined),
        () => undefined,
      ),
    async recordConsent(contact: Pick<Contact, 'id'>, body: ConsentFacts): Promise<void> {
      await call('POST /api/v1/customers/:id/contacts/:contactId/consents', {
        params: { id: customerId(), contactId: contact.id },
        body,
      })
      await changed()
    },
    readCards: (text: string) =>
      call('POST /api/v1/customers/:id/contact-card-readings', { params: { id: customerId() }, body: { text } }),
    async addMany(items: NewContact[]): Promise<void> {
      await call('POST /api/v1/customers/:id/contact-batches', { params: { id: customerId() }, body: { items } })
      await changed()
    },
    async restore(contact: Pick<Contact, 'id'>): Promise<void> {
      await call('POST /api/v1/customers/:id/contacts/:contactId/restorations', {
        params: { id: customerId(), contactId: contact.id },
      })
      await changed()
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
