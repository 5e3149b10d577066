/**
 * The person at a customer behind a portal session, read anew on each request. Sees what is published of this one customer and nothing else; the level
 * rules of users have no say here.
 */
export interface PortalContact {
  contactId: string
  customerId: string
  sessionId: string
  name: string
  language: 'es' | 'en'
}
