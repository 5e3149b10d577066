/** In which state an account is (product.md section 2), from the one with all rights to the one with none. */
export const customerStatuses = ['active', 'restricted', 'suspended', 'inactive'] as const
export type CustomerStatus = (typeof customerStatuses)[number]

/** What a status leaves of what the system does with a customer. */
export interface StatusEffects {
  /** Reminders and overdue notices are planned and leave. */
  notices: boolean
  /** Links and sessions of the portal let its contacts in; else they rest and serve again later. */
  portal: boolean
  /** People open new follow-ups. What the system must tell somebody (a bounced mail, a broken promise) it opens in any status. */
  followUps: boolean
}

/**
 * What each status does. Restricted is a warning to whoever sells; suspended stops the notices while people talk; inactive is a customer with
 * whom one does not work any more. Standing follow-ups, receivables and payments go on in every status.
 */
export const statusEffects: Readonly<Record<CustomerStatus, StatusEffects>> = {
  active: { notices: true, portal: true, followUps: true },
  restricted: { notices: true, portal: true, followUps: true },
  suspended: { notices: false, portal: true, followUps: true },
  inactive: { notices: false, portal: false, followUps: false },
}

/** The statuses that leave something standing. */
export const statusesWith = (effect: keyof StatusEffects): CustomerStatus[] =>
  customerStatuses.filter((status) => statusEffects[status][effect])

/** `customer-inactive` where people open no new follow-ups for the customer, else null. */
export function newFollowUpRefusal(status: CustomerStatus): 'customer-inactive' | null {
  return statusEffects[status].followUps ? null : 'customer-inactive'
}
