import { type CalendarDay, daysBetween } from '@cartera/domain/calendar-day'
import { documentVariables } from '@cartera/domain/follow-ups/document-variables'
import { compileText, fillText, knownVariables, TemplateProblem } from '../notices/liquid-text.ts'
import { oneLine, type PaymentData, tableMark, withoutMarks } from '../notices/notice-content.ts'
import { type Language, noticeWords, sayDay, sayMoney } from '../notices/notice-words.ts'

const known = knownVariables('follow-up-document', documentVariables)

/** What a document of a follow-up is made of: facts of one customer alone. */
export interface DocumentContent {
  language: Language
  day: CalendarDay
  customer: {
    name: string
    code: string
    taxId: string | null
    contactPerson: string | null
    address: string | null
  }
  contact: { name: string; position: string | null } | null
  agent: { name: string; email: string }
  company: { name: string; taxId: string | null; locale: string }
  payment: PaymentData
  followUp: { number: number; subject: string } | null
  receivables: readonly DocumentLine[]
}

export interface DocumentLine {
  number: string
  instalment: number
  issuedOn: CalendarDay
  dueOn: CalendarDay
  balanceMinor: bigint
  currency: string
}

/** A filled document: its title, its paragraphs, and the table that stands where a paragraph is null. */
export interface DocumentText {
  title: string
  paragraphs: (string | null)[]
  table: { columns: string[]; rows: string[][]; totals: string[][] }
}

const orNull = (value: string | null) => {
  const said = oneLine(value ?? '')
  return said === '' ? null : said
}

function sayTotals(content: DocumentContent, lines: readonly DocumentLine[]): string[] {
  const sums = new Map<string, bigint>()
  for (const line of lines) sums.set(line.currency, (sums.get(line.currency) ?? 0n) + line.balanceMinor)
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, minor]) => sayMoney(minor, currency, content.language, content.company.locale))
}

function variablesOf(content: DocumentContent): Record<string, unknown> {
  const { language, day, receivables, company } = content
  const dueDays = receivables.map((each) => each.dueOn).sort()
  const overdue = sayTotals(
    content,
    receivables.filter((each) => each.dueOn < day),
  )
  return {
    customer: {
      name: oneLine(content.customer.name),
      code: oneLine(content.customer.code),
      contactPerson: orNull(content.customer.contactPerson),
      taxId: orNull(content.customer.taxId),
      address: orNull(content.customer.address),
    },
    contact: { name: orNull(content.contact?.name ?? null), position: orNull(content.contact?.position ?? null) },
    agent: { name: oneLine(content.agent.name), email: oneLine(content.agent.email) },
    company: {
      name: oneLine(company.name),
      taxId: orNull(company.taxId),
      paymentLink: content.payment.url,
      bankDetails: content.payment.accounts.length > 0 ? content.payment.accounts.map(oneLine).join('\n') : null,
    },
    followUp: { number: content.followUp?.number ?? null, subject: orNull(content.followUp?.subject ?? null) },
    today: day,
    receivables_table: tableMark,
    totals: sayTotals(content, receivables).join(' + '),
    overdueTotals: overdue.length === 0 ? null : overdue.join(' + '),
    count: receivables.length,
    firstDueOn: dueDays[0] ?? '',
    lastDueOn: dueDays.at(-1) ?? '',
    oldestDays: Math.max(0, ...receivables.map((each) => daysBetween(each.dueOn, day))),
    receivables: receivables.map((each) => ({
      number: oneLine(each.number),
      issuedOn: each.issuedOn,
      dueOn: each.dueOn,
      days: Math.abs(daysBetween(day, each.dueOn)),
      balance: sayMoney(each.balanceMinor, each.currency, language, company.locale),
      currency: each.currency,
      overdue: each.dueOn < day,
    })),
  }
}

/** Fills title and body with the facts: plain text throughout, whatever a name or a template holds. Throws `TemplateProblem`. */
export function fillDocument(content: DocumentContent, template: { title: string; body: string }): DocumentText {
  const { language, day, company } = content
  const variables = variablesOf(content)
  const fill = (source: string, more: object = {}) => fillText(withoutMarks(source), { ...variables, ...more }, language, known)
  const title = [...oneLine(fill(template.title, { receivables_table: '' })).replace(/\s+/g, ' ')].slice(0, 300).join('')
  const paragraphs = fill(template.body)
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n/)
    .flatMap((paragraph) =>
      paragraph
        .split(tableMark)
        .map((part) => part.trim())
        .flatMap((part, index): (string | null)[] => [...(index > 0 ? [null] : []), ...(part === '' ? [] : [part])]),
    )
  const words = noticeWords[language]
  return {
    title: title === '' ? oneLine(company.name) : title,
    paragraphs,
    table: {
      columns: [words.number, words.issuedOn, words.dueOn, words.daysOverdue, words.balance],
      rows: content.receivables.map((each) => [
        `${oneLine(each.number)}${each.instalment > 1 ? ` / ${each.instalment}` : ''}`,
        sayDay(each.issuedOn, language),
        sayDay(each.dueOn, language),
        each.dueOn < day ? String(daysBetween(each.dueOn, day)) : '',
        sayMoney(each.balanceMinor, each.currency, language, company.locale),
      ]),
      totals: sayTotals(content, content.receivables).map((said) => [words.total, '', '', '', said]),
    },
  }
}

/** What is wrong with a title or body: throws `TemplateProblem` unless it can be filled in either language, with little and with much. */
function checkDocumentText(source: string): void {
  compileText(withoutMarks(source), 'es', known)
  for (const language of ['es', 'en'] as const)
    for (const content of [sampleDocument(language, 0), sampleDocument(language, 2)])
      fillText(withoutMarks(source), variablesOf(content), language, known)
}

/** The problem of a title or body as the interface shows it, or null. */
export function documentTextProblem(source: string): TemplateProblem | null {
  try {
    checkDocumentText(source)
    return null
  } catch (error) {
    if (error instanceof TemplateProblem) return error
    throw error
  }
}

function sampleDocument(language: Language, count: number): DocumentContent {
  return {
    language,
    day: '2026-03-02',
    customer: { name: 'Comercial Los Andes', code: 'C-1', taxId: null, contactPerson: null, address: null },
    contact: count > 0 ? { name: 'Ana Pérez', position: 'Tesorería' } : null,
    agent: { name: 'Luis Mora', email: 'luis.mora@example.com' },
    company: { name: 'Cartera', taxId: null, locale: language },
    payment: { url: null, accounts: [] },
    followUp: { number: 1, subject: 'Confirmar pago' },
    receivables: Array.from({ length: count }, (_, index) => ({
      number: `FAC-${index + 1}`,
      instalment: 1,
      issuedOn: '2026-01-02',
      dueOn: '2026-02-02',
      balanceMinor: 125_050n,
      currency: 'USD',
    })),
  }
}
