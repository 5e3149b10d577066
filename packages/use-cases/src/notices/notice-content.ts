import type { CalendarDay } from '@cartera/domain/calendar-day'
import type { Money } from '@cartera/domain/money'
import type { Covered } from '@cartera/domain/notices/notice-plan'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import type { Language } from './notice-words.ts'

/** What a notice is made of: facts of one customer alone. */
export interface NoticeContent {
  kind: NoticeKind
  /** Of the message: the highest of its items. */
  level: number
  day: CalendarDay
  language: Language
  customer: { name: string; contactPerson: string | null; code: string }
  agent: { name: string; email: string }
  company: { name: string; taxId: string | null; locale: string }
  /** Each with the kind under which it stands: a combined message has both. */
  receivables: NoticeReceivableLine[]
  /** What of the receivables is covered by payments and credit notes that are not applied yet. */
  covered: Covered
  /** All that the customer owes, less credits; null where no text asks for it. */
  owed: Money[] | null
  /** Whether the statement of account goes along. */
  statementAttached: boolean
  payment: PaymentData
  /** What an image's address is (`cid:...` in mails, data in previews), and how wide it stands. */
  logo: { source: string; width: number } | null
}

/** Where to pay to: only what two people have confirmed. */
export interface PaymentData {
  /** The page for paying online. */
  url: string | null
  /** The company's accounts, a line each. */
  accounts: readonly string[]
}

export interface NoticeReceivableLine {
  id: string
  kind: NoticeKind
  number: string
  issuedOn: CalendarDay
  dueOn: CalendarDay
  balanceMinor: bigint
  currency: string
}

/** Stand for the table and the payment link while the text is plain; they are taken out of every value. */
export const tableMark = '\uE000'
export const paymentMark = '\uE001'
const marks = /[\uE000\uE001]/g
export const withoutMarks = (source: string) => source.replace(marks, '')

/** Controls (line breaks too) become blanks, and so do marks of direction: a value is one line and reads as it stands. */
export const oneLine = (value: string): string =>
  withoutMarks(value)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim()
/** What is listed, and what is to be paid after credits, per currency. */
export interface NoticeTotals {
  currency: string
  gross: bigint
  /** As much of the customer's credit as covers what is listed. */
  credit: bigint
  net: bigint
  overdue: bigint
  upcoming: bigint
}

/** The totals of the currencies of what is listed. */
export function noticeTotals({ receivables, covered }: Pick<NoticeContent, 'receivables' | 'covered'>): NoticeTotals[] {
  const totals = new Map<string, NoticeTotals>()
  for (const { id, kind, currency, balanceMinor } of receivables) {
    const total = totals.get(currency) ?? { currency, gross: 0n, credit: 0n, net: 0n, overdue: 0n, upcoming: 0n }
    totals.set(currency, total)
    const most = covered.get(id) ?? 0n
    const credit = most > balanceMinor ? balanceMinor : most
    const net = balanceMinor - credit
    total.gross += balanceMinor
    total.credit += credit
    total.net += net
    total[kind === 'overdue' ? 'overdue' : 'upcoming'] += net
  }
  return [...totals.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1))
}
