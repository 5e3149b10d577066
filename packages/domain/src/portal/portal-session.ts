const dayMs = 86_400_000

export const portalLinkHours = 24
export const portalSessionDays = 30
export const portalIdleDays = 7

export const portalLinkExpiry = (now: Date): Date => new Date(now.getTime() + portalLinkHours * 3_600_000)

/** Until when a session lives that is used now: seven days of rest at most, thirty from its beginning in all. */
export function portalSessionExpiry(begunAt: Date, now: Date): Date {
  return new Date(Math.min(begunAt.getTime() + portalSessionDays * dayMs, now.getTime() + portalIdleDays * dayMs))
}

/** Whether the expiry has moved enough to be written again: once a day, not on every request. */
export const portalExpiryStale = (written: Date, next: Date): boolean => next.getTime() - written.getTime() >= dayMs
