export interface NoteDraft {
  body: string
  location: string
  treatment: string
}

const drafts = new Map<string, NoteDraft>()

/** What somebody began to write about a customer and has not saved: kept while they look at other tabs and pages, in memory only. */
export function draftOf(userId: string, customerId: string): NoteDraft {
  return drafts.get(`${userId} ${customerId}`) ?? { body: '', location: '', treatment: '' }
}

export function keepDraft(userId: string, customerId: string, draft: NoteDraft): void {
  const key = `${userId} ${customerId}`
  if (Object.values(draft).every((text) => text.trim() === '')) drafts.delete(key)
  else drafts.set(key, { ...draft })
}
