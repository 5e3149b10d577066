import { contactEndpoints } from '@cartera/contract/contacts'
import { portalAccessEndpoints } from '@cartera/contract/portal-access'
import type { AppContext } from '@cartera/use-cases/app-context'
import { listContacts } from '@cartera/use-cases/contacts/list-contacts'
import { changeContact, createContact, removeContact } from '@cartera/use-cases/contacts/write-contact'
import { clearWrongPerson, inviteToPortal, readPortalAccess, revokePortalAccess } from '@cartera/use-cases/portal/portal-access'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function contactRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, contactEndpoints.list, async ({ ctx, viewer, params, query }) => listContacts(ctx, viewer, params.id, query))
  route(app, ctx, contactEndpoints.create, async ({ ctx, viewer, params, body }) => createContact(ctx, viewer, params.id, body))
  route(app, ctx, contactEndpoints.change, async ({ ctx, viewer, params, body }) =>
    changeContact(ctx, viewer, params.id, params.contactId, body),
  )
  route(app, ctx, contactEndpoints.remove, async ({ ctx, viewer, params }) =>
    removeContact(ctx, viewer, params.id, params.contactId),
  )
  const access = portalAccessEndpoints
  route(app, ctx, access.read, async ({ ctx, viewer, params }) => readPortalAccess(ctx, viewer, params.id, params.contactId))
  route(app, ctx, access.invite, async ({ ctx, viewer, params }) => inviteToPortal(ctx, viewer, params.id, params.contactId))
  route(app, ctx, access.revoke, async ({ ctx, viewer, params }) => revokePortalAccess(ctx, viewer, params.id, params.contactId))
  route(app, ctx, access.clearWrongPerson, async ({ ctx, viewer, params }) =>
    clearWrongPerson(ctx, viewer, params.id, params.contactId),
  )
}
