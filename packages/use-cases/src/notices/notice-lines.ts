import { daysBetween } from '@cartera/domain/calendar-day'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import { type NoticeContent, type NoticeTotals, oneLine } from './notice-content.ts'
import { noticeWords, sayDay, sayMoney } from './notice-words.ts'

interface NoticeSection {
  kind: NoticeKind
  /** Said above the section where a message has both; null where there is only one. */
  title: string | null
  head: string[]
  rows: string[][]
}

interface NoticeSum {
  label: string
  amount: string
  /** What is to be paid; the others lead to it. */
  strong: boolean
}

/** The table as words, made once for HTML and plain text. */
export interface NoticeTable {
  sections: NoticeSection[]
  sums: NoticeSum[]
}

/** What is listed and what it comes to. */
export function noticeTable(content: NoticeContent, totals: readonly NoticeTotals[]): NoticeTable {
  return { sections: noticeSections(content), sums: noticeSums(content, totals) }
}

/** What is overdue first, then what falls due. */
function noticeSections(content: NoticeContent): NoticeSection[] {
  const words = noticeWords[content.language]
  const { language, day, company, receivables } = content
  const present = (['overdue', 'preventive'] as const).filter((kind) => receivables.some((line) => line.kind === kind))
  return present.map((kind) => ({
    kind,
    title: present.length > 1 ? (kind === 'overdue' ? words.overdueSection : words.upcomingSection) : null,
    head: [words.number, words.issuedOn, words.dueOn, kind === 'preventive' ? words.daysLeft : words.daysOverdue, words.balance],
    rows: receivables
      .filter((line) => line.kind === kind)
      .map((line) => [
        oneLine(line.number),
        sayDay(line.issuedOn, language),
        sayDay(line.dueOn, language),
        String(Math.abs(daysBetween(day, line.dueOn))),
        sayMoney(line.balanceMinor, line.currency, language, company.locale),
      ]),
  }))
}

/** The sums below the table, per currency: the total, and where there is credit also the credit and what remains to be paid. */
function noticeSums(content: NoticeContent, totals: readonly NoticeTotals[]): NoticeSum[] {
  const words = noticeWords[content.language]
  const say = (amountMinor: bigint, currency: string) => sayMoney(amountMinor, currency, content.language, content.company.locale)
  return totals.flatMap(({ currency, gross, credit, net }): NoticeSum[] =>
    credit === 0n
      ? [{ label: words.total, amount: say(gross, currency), strong: true }]
      : [
          { label: words.total, amount: say(gross, currency), strong: false },
          { label: words.credit, amount: say(-credit, currency), strong: false },
          { label: words.net, amount: say(net, currency), strong: true },
        ],
  )
}
