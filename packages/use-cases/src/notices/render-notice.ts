import { addDays, type CalendarDay, daysBetween } from '@cartera/domain/calendar-day'
import type { Money } from '@cartera/domain/money'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import { compileText, fillText, TemplateProblem } from './liquid-text.ts'
import {
  type NoticeContent,
  type NoticeReceivableLine,
  type NoticeTotals,
  noticeTotals,
  oneLine,
  paymentMark,
  tableMark,
  withoutMarks,
} from './notice-content.ts'
import { htmlOfNotice } from './notice-html.ts'
import { noticeTable } from './notice-lines.ts'
import { plainTextOfNotice } from './notice-plain.ts'
import { type Language, sayMoney } from './notice-words.ts'

export interface RenderedNotice {
  subject: string
  html: string
  text: string
}

/** The names that a text uses. Throws `TemplateProblem`. */
export function variablesUsed(source: string): readonly string[] {
  return compileText(withoutMarks(source)).variables
}

/** Throws `TemplateProblem` unless subject or body can be rendered for either kind and language, with little and with much. */
export function checkTemplate(source: string): void {
  variablesUsed(source)
  for (const kind of ['preventive', 'overdue'] as const)
    for (const language of ['es', 'en'] as const) {
      const content = sampleContent({ kind, language, day: '2026-03-02' })
      fillText(withoutMarks(source), variablesOf(content, noticeTotals(content)), language)
    }
}

/** Refuses `template-invalid` at the field, in the person's language. */
export function requireTemplate(source: string | null | undefined, field: string, language: Language): void {
  if (source === null || source === undefined) return
  try {
    checkTemplate(source)
  } catch (error) {
    if (error instanceof TemplateProblem) throw error.refusal(field, language)
    throw error
  }
}

const plain = oneLine
const orNull = (value: string | null) => {
  const said = plain(value ?? '')
  return said === '' ? null : said
}

/** `USD 1.234,50 + EUR 20,00`; currencies at zero are left out unless all are. Null for none. */
function saySums(content: NoticeContent, sums: readonly Money[]): string | null {
  const { language, company } = content
  const some = sums.filter((sum) => sum.amountMinor !== 0n)
  const said = (some.length > 0 ? some : sums.slice(0, 1)).map(({ currency, amountMinor }) =>
    sayMoney(amountMinor, currency, language, company.locale),
  )
  return said.length === 0 ? null : said.join(' + ')
}

function variablesOf(content: NoticeContent, totals: readonly NoticeTotals[]): Record<string, unknown> {
  const { language, receivables, kind, day, company } = content
  const dueDays = receivables.map((receivable) => receivable.dueOn).sort()
  const say = (field: 'gross' | 'credit' | 'net' | 'overdue' | 'upcoming', of = totals) =>
    saySums(
      content,
      of.map((total) => ({ currency: total.currency, amountMinor: total[field] })),
    )
  const has = (which: NoticeKind) => {
    const currencies = new Set(receivables.filter((line) => line.kind === which).map((line) => line.currency))
    return totals.filter((total) => currencies.has(total.currency))
  }
  return {
    customer: {
      name: plain(content.customer.name),
      contactPerson: orNull(content.customer.contactPerson),
      code: plain(content.customer.code),
    },
    agent: { name: plain(content.agent.name), email: plain(content.agent.email) },
    company: {
      name: plain(company.name),
      taxId: orNull(company.taxId),
      paymentLink: content.payment.url === null ? null : paymentMark,
      bankDetails: content.payment.accounts.length > 0 ? content.payment.accounts.map(plain).join('\n') : null,
    },
    kind,
    level: content.level,
    today: day,
    totals: say('net') ?? '',
    grossTotals: say('gross') ?? '',
    credits: totals.some((total) => total.credit > 0n) ? say('credit') : null,
    overdueTotals: say('overdue', has('overdue')),
    upcomingTotals: say('upcoming', has('preventive')),
    statementTotal: content.owed === null ? (say('net') ?? '') : (saySums(content, content.owed) ?? say('net') ?? ''),
    statementAttached: content.statementAttached,
    count: receivables.length,
    firstDueOn: dueDays[0] ?? '',
    lastDueOn: dueDays.at(-1) ?? '',
    oldestDays: Math.max(0, ...receivables.map((receivable) => daysBetween(receivable.dueOn, day))),
    receivables_table: tableMark,
    receivables: receivables.map((receivable) => ({
      number: plain(receivable.number),
      issuedOn: receivable.issuedOn,
      dueOn: receivable.dueOn,
      days: Math.abs(daysBetween(day, receivable.dueOn)),
      balance: sayMoney(receivable.balanceMinor, receivable.currency, language, company.locale),
      currency: receivable.currency,
      overdue: receivable.kind === 'overdue',
    })),
  }
}

/**
 * The mail for a customer: responsive HTML and plain text from a subject and a body. Everything is escaped after the template has run, so
 * neither a template nor a name can bring markup in. Throws `TemplateProblem`.
 */
export function renderNotice(content: NoticeContent, templates: { subject: string; body: string }): RenderedNotice {
  const totals = noticeTotals(content)
  const variables = variablesOf(content, totals)
  const { url } = content.payment
  const inLine = {
    ...variables,
    receivables_table: '',
    company: { ...(variables.company as object), paymentLink: url },
  }
  const line = plain(fillText(withoutMarks(templates.subject), inLine, content.language)).replace(/\s+/g, ' ')
  // By characters, so that none is cut in two.
  const subject = [...(line === '' ? plain(content.company.name) : line)].slice(0, 300).join('')
  const body = fillText(withoutMarks(templates.body), variables, content.language).replaceAll('\r\n', '\n')
  const paragraphs = paragraphsOf(body)
  const table = noticeTable(content, totals)
  return {
    subject,
    html: htmlOfNotice(content, subject, paragraphs, table),
    text: plainTextOfNotice(content, paragraphs, table),
  }
}

const paragraphsOf = (body: string) =>
  body
    .split(/\n[ \t]*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')

/** Made-up receivables for a preview where there are none. */
export function sampleReceivables(kind: NoticeKind, day: CalendarDay, currency: string): NoticeReceivableLine[] {
  const sign = kind === 'preventive' ? 1 : -1
  const at = (days: number) => addDays(day, days)
  return [
    { id: 'a', kind, number: 'FAC-1042', issuedOn: at(sign * 7 - 30), dueOn: at(sign * 7), balanceMinor: 125_050n, currency },
    { id: 'b', kind, number: 'FAC-1057', issuedOn: at(sign * 7 - 25), dueOn: at(sign * 7), balanceMinor: 48_000n, currency },
  ]
}

function sampleContent(of: { kind: NoticeKind; language: Language; day: CalendarDay }): NoticeContent {
  return {
    ...of,
    level: 1,
    customer: { name: 'Comercial Los Andes', contactPerson: 'Ana Pérez', code: 'C-000001' },
    agent: { name: 'Luis Mora', email: 'luis.mora@example.com' },
    company: { name: 'Cartera', taxId: '', locale: of.language },
    receivables: sampleReceivables(of.kind, of.day, 'USD'),
    covered: new Map([['a', 10_000n]]),
    owed: null,
    statementAttached: true,
    payment: { url: 'https://example.com/pay', accounts: ['Banco Ejemplo · USD · 000-123456-7 · Cartera'] },
    logo: null,
  }
}
