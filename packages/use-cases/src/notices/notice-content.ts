import type { CalendarDay } from '@cartera/domain/calendar-day'
import { type Money, totalsByCurrency } from '@cartera/domain/money'
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
  /** Payments and credit notes that nothing has used up yet. */
  credits: Money[]
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
/** What is listed, what is to be paid after credits, per currency. Credits pay what is overdue first. */
export interface NoticeTotals {
  currency: string
  gross: bigint
  /** As much of the customer's credit as there is, also where it is more than what is listed. */
  credit: bigint
  net: bigint
  overdue: bigint
  upcoming: bigint
}

/** The totals of the currencies of what is listed; credit in other currencies pays nothing of it. */
export function noticeTotals(content: Pick<NoticeContent, 'receivables' | 'credits'>): NoticeTotals[] {
  const { receivables, credits } = content
  const sumOf = (lines: readonly NoticeReceivableLine[]) =>
    new Map(
      totalsByCurrency(lines.map(({ currency, balanceMinor }) => ({ currency, amountMinor: balanceMinor }))).map((total) => [
        total.currency,
        total.amountMinor,
      ]),
    )
  const gross = sumOf(receivables)
  const overdue = sumOf(receivables.filter((line) => line.kind === 'overdue'))
  const creditOf = new Map(totalsByCurrency(credits).map((total) => [total.currency, total.amountMinor]))
  const rest = (amount: bigint, credit: bigint) => (amount > credit ? amount - credit : 0n)
  return [...gross].map(([currency, all]) => {
    const credit = creditOf.get(currency) ?? 0n
    const late = overdue.get(currency) ?? 0n
    return {
      currency,
      gross: all,
      credit,
      net: rest(all, credit),
      overdue: rest(late, credit),
      upcoming: rest(all - late, credit > late ? credit - late : 0n),
    }
  })
}
