import { contactEndpoints } from '@cartera/contract/contacts'
import { portalAccessEndpoints } from '@cartera/contract/portal-access'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  cardContentType,
  contactCard,
  customerCards,
  directoryCards,
  readContactCards,
} from '@cartera/use-cases/contacts/contact-cards'
import { listAllContacts } from '@cartera/use-cases/contacts/contact-directory'
import { findAlikeContacts, listContactProfiles, listContacts } from '@cartera/use-cases/contacts/list-contacts'
import { readContact } from '@cartera/use-cases/contacts/read-contact'
import { recordConsent } from '@cartera/use-cases/contacts/record-consent'
import {
  changeContact,
  createContact,
  createContacts,
  removeContact,
  restoreContact,
} from '@cartera/use-cases/contacts/write-contact'
import { clearWrongPerson, inviteToPortal, readPortalAccess, revokePortalAccess } from '@cartera/use-cases/portal/portal-access'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { route } from '../route.ts'

const download = (reply: FastifyReply, type: string, fileName: string) =>
  reply.type(type).header('content-disposition', `attachment; filename="${fileName}"`).header('x-content-type-options', 'nosniff')

export function contactRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, contactEndpoints.list, async ({ ctx, viewer, params, query }) => listContacts(ctx, viewer, params.id, query))
  route(app, ctx, contactEndpoints.create, async ({ ctx, viewer, params, body }) => createContact(ctx, viewer, params.id, body))
  route(app, ctx, contactEndpoints.change, async ({ ctx, viewer, params, body }) =>
    changeContact(ctx, viewer, params.id, params.contactId, body),
  )
  route(app, ctx, contactEndpoints.remove, async ({ ctx, viewer, params }) =>
    removeContact(ctx, viewer, params.id, params.contactId),
  )
  route(app, ctx, contactEndpoints.read, async ({ ctx, viewer, params }) =>
    readContact(ctx.db, viewer, params.id, params.contactId),
  )
  route(app, ctx, contactEndpoints.restore, async ({ ctx, viewer, params }) =>
    restoreContact(ctx, viewer, params.id, params.contactId),
  )
  route(app, ctx, contactEndpoints.recordConsent, async ({ ctx, viewer, params, body }) =>
    recordConsent(ctx, viewer, params.id, params.contactId, body),
  )
  route(app, ctx, contactEndpoints.alike, async ({ ctx, viewer, params, query }) =>
    findAlikeContacts(ctx, viewer, params.id, query),
  )
  route(app, ctx, contactEndpoints.profiles, async ({ ctx, viewer, query }) => listContactProfiles(ctx, viewer, query))
  route(app, ctx, contactEndpoints.directory, async ({ ctx, viewer, query }) => listAllContacts(ctx, viewer, query))
  route(app, ctx, contactEndpoints.card, async ({ ctx, viewer, params, reply }) => {
    const { fileName, text } = await contactCard(ctx, viewer, params.id, params.contactId)
    return download(reply, cardContentType, fileName).send(text)
  })
  route(app, ctx, contactEndpoints.customerCards, async ({ ctx, viewer, params, reply }) => {
    const { fileName, text } = await customerCards(ctx, viewer, params.id)
    return download(reply, cardContentType, fileName).send(text)
  })
  route(app, ctx, contactEndpoints.cards, async ({ ctx, viewer, query, reply }) => {
    const { fileName, stream } = await directoryCards(ctx, viewer, query)
    return download(reply, cardContentType, fileName).send(stream)
  })
  route(app, ctx, contactEndpoints.readCards, async ({ ctx, viewer, params, body }) =>
    readContactCards(ctx, viewer, params.id, body.text),
  )
  route(app, ctx, contactEndpoints.addMany, async ({ ctx, viewer, params, body }) =>
    createContacts(ctx, viewer, params.id, body.items),
  )
  const access = portalAccessEndpoints
  route(app, ctx, access.read, async ({ ctx, viewer, params }) => readPortalAccess(ctx, viewer, params.id, params.contactId))
  route(app, ctx, access.invite, async ({ ctx, viewer, params }) => inviteToPortal(ctx, viewer, params.id, params.contactId))
  route(app, ctx, access.revoke, async ({ ctx, viewer, params }) => revokePortalAccess(ctx, viewer, params.id, params.contactId))
  route(app, ctx, access.clearWrongPerson, async ({ ctx, viewer, params }) =>
    clearWrongPerson(ctx, viewer, params.id, params.contactId),
  )
}
