import type { AppContext } from '../app-context.ts'
import { attachmentMail } from '../follow-up-documents/attachment-mail.ts'
import { interactionMail } from '../interactions/interaction-mail.ts'
import type { MailContent } from '../outbox/compose-single-mail.ts'
import { portalLinkMail } from '../portal/portal-link-mail.ts'
import { quoteMail } from '../quotes/quote-mail.ts'
import type { CustomerMail } from './customer-mails.ts'

/** What a mail says as things stand now; null where there is nothing to say any more. */
export async function contentOfCustomerMail(ctx: AppContext, mail: CustomerMail): Promise<MailContent | null> {
  switch (mail.kind) {
    case 'interaction':
      return interactionMail(ctx, mail)
    case 'portal-link':
      return portalLinkMail(ctx, mail)
    case 'follow-up-document':
      return attachmentMail(ctx, mail)
    case 'quote':
      return quoteMail(ctx, mail)
  }
}
