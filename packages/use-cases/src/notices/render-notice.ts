import { addDays, type CalendarDay, daysBetween, isCalendarDay } from '@cartera/domain/calendar-day'
import { totalsByCurrency } from '@cartera/domain/money'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import { noticeTemplateVariables } from '@cartera/domain/notices/template-variables'
import { Refusal } from '@cartera/domain/refusal'
import { Liquid, type Template } from 'liquidjs'
import { type Language, noticeWords, sayDay, sayLongDay, sayMoney } from './notice-words.ts'

/** What a notice is made of: facts of one customer alone. */
export interface NoticeContent {
  kind: NoticeKind
  day: CalendarDay
  language: Language
  customer: { name: string; contactPerson: string | null; code: string }
  agent: { name: string; email: string }
  company: { name: string; taxId: string | null; locale: string }
  receivables: {
    id: string
    number: string
    issuedOn: CalendarDay
    dueOn: CalendarDay
    balanceMinor: bigint
    currency: string
  }[]
}

export interface RenderedNotice {
  subject: string
  html: string
  text: string
}

// Stands for the table while the text is plain; people's text cannot contain it, since it is taken out of every value.
const tableMark = '\uE000'

function makeEngine(language: Language): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // No templates but the one given: nothing is ever looked up on disk.
    templates: {},
    relativeReference: false,
    dynamicPartials: false,
    parseLimit: 100_000,
    renderLimit: 2_000,
    memoryLimit: 5_000_000,
  })
  for (const tag of ['include', 'render', 'layout', 'block']) Reflect.deleteProperty(engine.tags, tag)
  const dayFilter = (say: (day: string, language: Language) => string) => (value: unknown) =>
    typeof value === 'string' && isCalendarDay(value) ? say(value, language) : ''
  engine.registerFilter('date', dayFilter(sayDay))
  engine.registerFilter('long_date', dayFilter(sayLongDay))
  return engine
}
const engines = { es: makeEngine('es'), en: makeEngine('en') }

const known: ReadonlySet<string> = new Set([
  ...noticeTemplateVariables,
  ...noticeTemplateVariables.map((name) => name.split('.')[0] ?? name),
])

const problems = {
  unknown: { es: 'no existe la variable «{name}»', en: 'there is no variable “{name}”' },
  filter: { es: 'no existe el filtro «{name}»', en: 'there is no filter “{name}”' },
  open: { es: 'falta cerrar «{name}»', en: '“{name}” is not closed' },
  limit: { es: 'el texto es demasiado largo o repite demasiado', en: 'the text is too long or repeats too much' },
  syntax: { es: 'no se entiende «{name}» (línea {line})', en: '“{name}” cannot be understood (line {line})' },
} as const

/** A template that cannot be used, with a problem that a person can read in either language. */
export class TemplateProblem extends Error {
  readonly es: string
  readonly en: string
  constructor(kind: keyof typeof problems, name: string, line = 1) {
    const fill = (sentence: string) =>
      sentence.replace('{name}', name.slice(0, 100).replace(/\s+/g, ' ')).replace('{line}', String(line))
    super(fill(problems[kind].en))
    this.es = fill(problems[kind].es)
    this.en = fill(problems[kind].en)
  }
  /** As the refusal `template-invalid` at a field. */
  refusal(field: string, language: Language): Refusal {
    return new Refusal('template-invalid', { field, params: { problem: this[language] } })
  }
}

function problemOf(error: unknown): TemplateProblem {
  if (error instanceof TemplateProblem) return error
  const { name, message, token, line } = error as {
    name?: string
    message?: string
    token?: { getText?: () => string }
    line?: number
  }
  const said = message ?? ''
  const found = token?.getText?.() ?? ''
  const undefinedVariable = /undefined variable: ([^,\s]+)/.exec(said)?.[1]
  const undefinedFilter = /undefined filter: ([^,\s]+)/.exec(said)?.[1]
  if (name === 'UndefinedVariableError' || undefinedVariable) return new TemplateProblem('unknown', undefinedVariable ?? found)
  if (undefinedFilter) return new TemplateProblem('filter', undefinedFilter)
  if (/limit exceeded/.test(said)) return new TemplateProblem('limit', '')
  if (/not closed/.test(said)) return new TemplateProblem('open', found)
  return new TemplateProblem('syntax', found, line ?? Number(/line:(\d+)/.exec(said)?.[1] ?? 1))
}

function parseTemplate(source: string): Template[] {
  try {
    const template = engines.es.parse(source.replaceAll(tableMark, ''))
    // Also names in branches that a trial run would not reach.
    for (const name of engines.es.globalFullVariablesSync(template))
      if (!known.has(name)) throw new TemplateProblem('unknown', name)
    return template
  } catch (error) {
    throw problemOf(error)
  }
}

/** Throws `TemplateProblem` unless subject or body can be rendered for either kind. */
export function checkTemplate(source: string): void {
  parseTemplate(source)
  for (const kind of ['preventive', 'overdue'] as const)
    for (const language of ['es', 'en'] as const)
      fillIn(source, variablesOf(sampleContent({ kind, language, day: '2026-03-02' })), language)
}

/** Refuses `template-invalid` at the field, in the person's language. */
export function requireTemplate(source: string | null | undefined, field: string, language: Language): void {
  if (source === null || source === undefined) return
  try {
    checkTemplate(source)
  } catch (error) {
    throw problemOf(error).refusal(field, language)
  }
}

function fillIn(source: string, variables: Record<string, unknown>, language: Language): string {
  try {
    const filled: unknown = engines[language].parseAndRenderSync(source.replaceAll(tableMark, ''), variables)
    return String(filled)
  } catch (error) {
    throw problemOf(error)
  }
}

/** Controls (line breaks too) become blanks: a value is one line, whatever was typed into it. */
const plain = (value: string) =>
  value
    .replaceAll(tableMark, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()

function variablesOf(content: NoticeContent): Record<string, unknown> {
  const { language, receivables, kind, day, company } = content
  const dueDays = receivables.map((receivable) => receivable.dueOn).sort()
  return {
    customer: {
      name: plain(content.customer.name),
      contactPerson: plain(content.customer.contactPerson ?? ''),
      code: plain(content.customer.code),
    },
    agent: { name: plain(content.agent.name), email: plain(content.agent.email) },
    company: { name: plain(company.name), taxId: plain(company.taxId ?? '') },
    kind,
    today: day,
    totals: totalsOf(content)
      .map((total) => total.said)
      .join(' + '),
    count: receivables.length,
    firstDueOn: dueDays[0] ?? '',
    lastDueOn: dueDays.at(-1) ?? '',
    receivables_table: tableMark,
    receivables: receivables.map((receivable) => ({
      number: plain(receivable.number),
      issuedOn: receivable.issuedOn,
      dueOn: receivable.dueOn,
      days: Math.abs(daysBetween(day, receivable.dueOn)),
      balance: sayMoney(receivable.balanceMinor, receivable.currency, language, company.locale),
      currency: receivable.currency,
    })),
  }
}

function totalsOf({ receivables, language, company }: NoticeContent) {
  return totalsByCurrency(receivables.map(({ currency, balanceMinor }) => ({ currency, amountMinor: balanceMinor }))).map(
    ({ currency, amountMinor }) => ({ currency, said: sayMoney(amountMinor, currency, language, company.locale) }),
  )
}

/**
 * The mail for a customer: responsive HTML and plain text from the company's templates. Everything is escaped after the template has
 * run, so neither a template nor a name can bring markup in. Throws `TemplateProblem`.
 */
export function renderNotice(content: NoticeContent, templates: { subject: string; body: string }): RenderedNotice {
  parseTemplate(templates.subject)
  parseTemplate(templates.body)
  const variables = variablesOf(content)
  const subject = plain(fillIn(templates.subject, { ...variables, receivables_table: '' }, content.language))
    .replace(/\s+/g, ' ')
    .slice(0, 300)
  const body = fillIn(templates.body, variables, content.language).replaceAll('\r\n', '\n')
  return { subject, html: htmlOf(content, subject, body), text: textOf(content, body) }
}

const escapeHtml = (value: string) =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

const paragraphsOf = (body: string) =>
  body
    .split(/\n[ \t]*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')

interface Cells {
  head: string[]
  rows: string[][]
  totals: string[]
}

function cellsOf(content: NoticeContent): Cells {
  const words = noticeWords[content.language]
  const { language, day, company, kind } = content
  return {
    head: [words.number, words.issuedOn, words.dueOn, kind === 'preventive' ? words.daysLeft : words.daysOverdue, words.balance],
    rows: content.receivables.map((receivable) => [
      plain(receivable.number),
      sayDay(receivable.issuedOn, language),
      sayDay(receivable.dueOn, language),
      String(Math.abs(daysBetween(day, receivable.dueOn))),
      sayMoney(receivable.balanceMinor, receivable.currency, language, company.locale),
    ]),
    totals: totalsOf(content).map((total) => total.said),
  }
}

function textOf(content: NoticeContent, body: string): string {
  const { head, rows, totals } = cellsOf(content)
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  // The last two columns are figures: they line up at their right.
  const lineOf = (cells: string[]) =>
    cells
      .map((cell, column) => (column >= 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  const width = widths.reduce((sum, each) => sum + each + 2, -2)
  const total = noticeWords[content.language].total
  const table = [
    lineOf(head),
    '-'.repeat(width),
    ...rows.map(lineOf),
    '-'.repeat(width),
    ...totals.map((said) => `${total}  ${said}`.padStart(width)),
  ].join('\n')
  return `${paragraphsOf(body)
    .map((paragraph) => paragraph.replaceAll(tableMark, `\n${table}\n`).trim())
    .join('\n\n')}\n`
}

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

function htmlOf(content: NoticeContent, subject: string, body: string): string {
  const words = noticeWords[content.language]
  const company = escapeHtml(plain(content.company.name))
  const table = htmlTable(content)
  const paragraph = (inner: string) =>
    `<p style="margin:0 0 16px;${font};font-size:15px;line-height:1.55;color:#1f2937">${inner}</p>`
  const said = paragraphsOf(body)
    .flatMap((text) =>
      text
        .split(tableMark)
        .map((part) => part.trim())
        .flatMap((part, index) => [
          ...(index === 0 ? [] : [table]),
          ...(part === '' ? [] : [paragraph(escapeHtml(part).replaceAll('\n', '<br>'))]),
        ]),
    )
    .join('\n')
  return `<!doctype html>
<html lang="${content.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light">
<title>${escapeHtml(subject)}</title>
<style>@media (max-width:480px){.wide{display:none!important}.pad{padding-left:16px!important;padding-right:16px!important}}</style>
</head>
<body style="margin:0;padding:0;background:#f3f4f6">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6"><tr><td align="center" style="padding:24px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border:1px solid #e5e7eb;border-radius:8px">
<tr><td class="pad" style="padding:20px 32px;border-bottom:1px solid #e5e7eb;${font};font-size:18px;font-weight:600;color:#111827">${company}</td></tr>
<tr><td class="pad" style="padding:24px 32px 8px">
${said}
</td></tr>
<tr><td class="pad" style="padding:16px 32px 20px;border-top:1px solid #e5e7eb;${font};font-size:12px;line-height:1.5;color:#6b7280">${escapeHtml(words.automatic.replace('{company}', plain(content.company.name)))}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`
}

function htmlTable(content: NoticeContent): string {
  const { head, rows, totals } = cellsOf(content)
  const total = noticeWords[content.language].total
  // On a phone the issue date gives way, so that numbers and balances stay on one line.
  const hidden = (column: number) => (column === 1 ? ' class="wide"' : '')
  const align = (column: number) => (column >= 3 ? 'right' : 'left')
  const cell = (tag: 'td' | 'th', text: string, column: number, style: string) =>
    `<${tag}${hidden(column)} align="${align(column)}" style="padding:8px 6px;${font};font-size:13px;${style}">${escapeHtml(text)}</${tag}>`
  const headRow = head
    .map((text, column) => cell('th', text, column, 'font-weight:600;color:#374151;border-bottom:2px solid #d1d5db'))
    .join('')
  const bodyRows = rows
    .map(
      (row) =>
        `<tr>${row
          .map((text, column) =>
            cell('td', text, column, `color:#111827;border-bottom:1px solid #e5e7eb${column === 4 ? ';white-space:nowrap' : ''}`),
          )
          .join('')}</tr>`,
    )
    .join('\n')
  const totalRows = totals
    .map(
      (said) =>
        `<p style="margin:8px 6px 0;${font};font-size:14px;font-weight:600;text-align:right;color:#111827">${escapeHtml(total)} ${escapeHtml(said)}</p>`,
    )
    .join('')
  return `<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;margin:0"><tr>${headRow}</tr>
${bodyRows}
</table>${totalRows}<div style="height:16px;line-height:16px">&nbsp;</div>`
}

/** Made-up receivables for a preview where there are none. */
export function sampleReceivables(kind: NoticeKind, day: CalendarDay, currency: string): NoticeContent['receivables'] {
  const sign = kind === 'preventive' ? 1 : -1
  const at = (days: number) => addDays(day, days)
  return [
    { id: 'a', number: 'FAC-1042', issuedOn: at(sign * 7 - 30), dueOn: at(sign * 7), balanceMinor: 125_050n, currency },
    { id: 'b', number: 'FAC-1057', issuedOn: at(sign * 7 - 25), dueOn: at(sign * 7), balanceMinor: 48_000n, currency },
  ]
}

function sampleContent(of: { kind: NoticeKind; language: Language; day: CalendarDay }): NoticeContent {
  return {
    ...of,
    customer: { name: 'Comercial Los Andes', contactPerson: 'Ana Pérez', code: 'C-000001' },
    agent: { name: 'Luis Mora', email: 'luis.mora@example.com' },
    company: { name: 'Cartera', taxId: '', locale: of.language },
    receivables: sampleReceivables(of.kind, of.day, 'USD'),
  }
}
