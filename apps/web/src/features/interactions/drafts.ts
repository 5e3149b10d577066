import type { EntryKind } from './queries.ts'

/** An entry as it stands in a form. `name` empty: that of who writes. */
export interface EntryDraft {
  kind: EntryKind
  entryName: string
  body: string
  notify: boolean
  mailTo: string
}

const drafts = new Map<string, EntryDraft>()

/** What somebody began to write in a conversation and has not recorded: kept while they look at other pages, in memory only. */
export function draftOf(userId: string, interactionId: string): EntryDraft | null {
  return drafts.get(`${userId} ${interactionId}`) ?? null
}

export function keepDraft(userId: string, interactionId: string, draft: EntryDraft): void {
  const key = `${userId} ${interactionId}`
  if (draft.body.trim() === '') drafts.delete(key)
  else drafts.set(key, { ...draft })
}
