import type { NoticeKind, NoticeTone } from './notice-settings.ts'

export type NoticeLanguage = 'es' | 'en'

/** 1 friendly, 2 plain, 3 firm, 4 last notice. */
export const noticeLevels = [1, 2, 3, 4] as const
export type NoticeLevel = (typeof noticeLevels)[number]

/** The place of a text in the catalogue: one text at most stands in each. */
export interface NoticeTextPlace {
  kind: NoticeKind
  level: number
  language: NoticeLanguage
  tone: NoticeTone
}

export interface NoticeText {
  subject: string
  body: string
}

/** Where subject or body of a message comes from. */
export type NoticeTextSource = 'customer' | 'group' | 'catalogue'

export interface ChosenNoticeText<Entry extends NoticeTextPlace & NoticeText> extends NoticeText {
  subjectFrom: NoticeTextSource
  bodyFrom: NoticeTextSource
  /** The catalogue's text that was nearest; null where the catalogue has none of the kind, or was not asked. */
  entry: Entry | null
}

/** What customer and group have of their own for the message's kind; null: nothing. */
export interface OwnNoticeText {
  subject: string | null
  body: string | null
}

const otherTones: Record<NoticeTone, readonly NoticeTone[]> = {
  formal: ['formal', 'neutral', 'informal'],
  informal: ['informal', 'neutral', 'formal'],
  neutral: ['neutral', 'formal', 'informal'],
}

/**
 * The text of the catalogue that is nearest to a place: the level itself, then the nearest lower one (a firm message never comes from a
 * gentle rule), in the tone, then in another tone; then the same in the company's language; then in the other; and only where there is
 * no lower level at all, the nearest higher one. Null where the catalogue has no text of the kind.
 */
export function nearestNoticeText<Entry extends NoticeTextPlace>(
  catalogue: readonly Entry[],
  place: NoticeTextPlace,
  companyLanguage: NoticeLanguage,
): Entry | null {
  const ofKind = catalogue.filter((entry) => entry.kind === place.kind)
  const languages = [...new Set<NoticeLanguage>([place.language, companyLanguage, 'es', 'en'])]
  const lower = (entry: Entry) => entry.level <= place.level
  for (const [fits, order] of [
    [lower, (a: Entry, b: Entry) => b.level - a.level],
    [(entry: Entry) => !lower(entry), (a: Entry, b: Entry) => a.level - b.level],
  ] as const)
    for (const language of languages)
      for (const tone of otherTones[place.tone]) {
        const [found] = ofKind.filter((entry) => entry.language === language && entry.tone === tone && fits(entry)).sort(order)
        if (found) return found
      }
  return null
}

/**
 * What a message says: the customer's own subject and body, else its group's, else the catalogue's nearest. Null where nobody has
 * written anything for the kind. Subject and body are chosen apart: an own body goes with the catalogue's subject.
 */
export function chooseNoticeText<Entry extends NoticeTextPlace & NoticeText>(
  catalogue: readonly Entry[],
  place: NoticeTextPlace,
  companyLanguage: NoticeLanguage,
  own: { customer: OwnNoticeText; group: OwnNoticeText | null },
): ChosenNoticeText<Entry> | null {
  const { customer, group } = own
  const entry = nearestNoticeText(catalogue, place, companyLanguage)
  const pick = (field: 'subject' | 'body'): { text: string; from: NoticeTextSource } | null => {
    const ofCustomer = customer[field]
    if (ofCustomer !== null) return { text: ofCustomer, from: 'customer' }
    const ofGroup = group?.[field] ?? null
    if (ofGroup !== null) return { text: ofGroup, from: 'group' }
    return entry === null ? null : { text: entry[field], from: 'catalogue' }
  }
  const subject = pick('subject')
  const body = pick('body')
  if (subject === null || body === null) return null
  return { subject: subject.text, body: body.text, subjectFrom: subject.from, bodyFrom: body.from, entry }
}
