import type { Viewer } from '@cartera/domain/access/access-scope'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { totalsByCurrency } from '@cartera/domain/money'
import { sayAlarm } from '../alarms/alarm-words.ts'
import { findAlarms } from '../alarms/find-alarms.ts'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { workbookContentType, writeWorkbook } from '../exports/write-workbook.ts'
import type { NoticeRow } from '../notices/list-notices.ts'
import { sayLongDay, sayMoney } from '../notices/notice-words.ts'
import { noticeSheet } from '../notices/notice-workbook.ts'
import { sayKind, sayReason } from '../notices/queue-words.ts'
import { type MailBlock, type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'
import { type Digest, findDigest } from './find-digest.ts'

const words = {
  es: {
    subject: 'Avisos del {day}: {sent} enviados, {held} retenidos, {failed} fallidos',
    title: 'Avisos del {day}',
    hello: 'Hola, {name}. Esto es lo que pasó con los avisos desde el resumen anterior y lo que falta por decidir.',
    sent: 'Enviados',
    held: 'Retenidos',
    failed: 'Fallidos',
    uncertain: 'Inciertos',
    bounced: 'Devueltos',
    today: 'Por salir hoy',
    none: 'ninguno',
    heldBy: 'Retenidos por motivo',
    reason: 'Motivo',
    notices: 'Avisos',
    total: 'Total',
    customer: 'Cliente',
    kind: 'Tipo',
    address: 'Dirección',
    answer: 'Respuesta',
    failedList: 'Fallidos',
    uncertainList: 'Inciertos: decida si se enviaron o si se envían otra vez',
    bouncedList: 'Correos devueltos',
    more: 'y {count} más en el Excel.',
    attached: 'El Excel adjunto tiene la lista completa, una hoja por estado.',
    open: 'Abrir la cola de avisos',
    review: 'Revisar los que esperan',
    notBusiness: 'Hoy no es día hábil: no sale nada por sí solo.',
    footer: '{company} · resumen diario de avisos. Se activa y se apaga en Empresa, Finanzas.',
    file: 'avisos-{day}.xlsx',
    code: 'Código',
    day: 'Día',
  },
  en: {
    subject: 'Notices of {day}: {sent} sent, {held} held, {failed} failed',
    title: 'Notices of {day}',
    hello: 'Hello, {name}. This is what happened with the notices since the last digest, and what waits for a decision.',
    sent: 'Sent',
    held: 'Held',
    failed: 'Failed',
    uncertain: 'Uncertain',
    bounced: 'Returned',
    today: 'To leave today',
    none: 'none',
    heldBy: 'Held, by reason',
    reason: 'Reason',
    notices: 'Notices',
    total: 'Total',
    customer: 'Customer',
    kind: 'Kind',
    address: 'Address',
    answer: 'Answer',
    failedList: 'Failed',
    uncertainList: 'Uncertain: decide whether they were sent or are sent again',
    bouncedList: 'Returned mail',
    more: 'and {count} more in the Excel file.',
    attached: 'The attached Excel file has the whole list, one sheet per state.',
    open: 'Open the queue of notices',
    review: 'Review what waits',
    notBusiness: 'Today is no business day: nothing leaves by itself.',
    footer: '{company} · daily digest of notices. Switched on and off in Company, Finance.',
    file: 'notices-{day}.xlsx',
    code: 'Code',
    day: 'Day',
  },
} as const

const shownRows = 15
const fill = (template: string, values: Record<string, string | number>) =>
  template.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ''))

const isEmpty = (digest: Digest) =>
  [digest.sent, digest.held, digest.failed, digest.uncertain, digest.today, digest.bounced].every((list) => list.length === 0)

/** A reader's digest of a day, with the lists as a workbook; null on a day without business of which there is nothing to tell. */
export async function digestMail(
  ctx: AppContext,
  viewer: Viewer,
  day: CalendarDay,
  language: 'es' | 'en',
): Promise<MailContent | null> {
  const digest = await findDigest(ctx, viewer, day)
  if (!digest.businessDay && isEmpty(digest)) return null
  const company = await findCompany(ctx.db)
  const w = words[language]
  const totals = (rows: readonly NoticeRow[]) =>
    totalsByCurrency(
      rows.flatMap((row) => (row.totals ?? []).map(({ currency, minor }) => ({ currency, amountMinor: BigInt(minor) }))),
    )
      .map(({ currency, amountMinor }) => sayMoney(amountMinor, currency, language, company.locale))
      .join(' + ')
  const figure = (rows: readonly NoticeRow[]) => (rows.length === 0 ? w.none : `${rows.length} · ${totals(rows)}`)
  const table = (title: string, header: string[], rows: string[][]): MailBlock[] =>
    rows.length === 0
      ? []
      : [
          {
            kind: 'table',
            title,
            header,
            rows: rows.slice(0, shownRows),
            more: rows.length > shownRows ? fill(w.more, { count: rows.length - shownRows }) : null,
          },
        ]
  const byReason = new Map<string, NoticeRow[]>()
  for (const row of digest.held) byReason.set(row.reason ?? '', [...(byReason.get(row.reason ?? '') ?? []), row])
  const listed = (rows: readonly NoticeRow[]) =>
    rows.map((row) => [row.customerName, sayKind(row.kind, language), sayReason(row.reason, language), row.smtpResponse ?? ''])
  const listHeader = [w.customer, w.kind, w.reason, w.answer]
  const alarms = viewer.level === 1 ? await findAlarms(ctx.db, ctx) : []
  const link = (text: string, path: string): MailBlock[] =>
    ctx.settings.publicUrl === null ? [] : [{ kind: 'link', text, url: new URL(path, ctx.settings.publicUrl).toString() }]

  const blocks: MailBlock[] = [
    { kind: 'title', text: fill(w.title, { day: sayLongDay(day, language) }) },
    { kind: 'text', text: fill(w.hello, { name: viewer.name }) },
    ...alarms.map((alarm): MailBlock => ({ kind: 'warning', text: sayAlarm(alarm, language) })),
    ...(digest.businessDay ? [] : [{ kind: 'text', text: w.notBusiness } as const]),
    {
      kind: 'facts',
      rows: [
        [w.sent, figure(digest.sent)],
        [w.held, figure(digest.held)],
        [w.failed, figure(digest.failed)],
        [w.uncertain, figure(digest.uncertain)],
        [w.bounced, digest.bounced.length === 0 ? w.none : String(digest.bounced.length)],
        [w.today, figure(digest.today)],
      ],
    },
    ...table(
      w.heldBy,
      [w.reason, w.notices, w.total],
      [...byReason].map(([reason, rows]) => [sayReason(reason, language), String(rows.length), totals(rows)]),
    ),
    ...table(w.uncertainList, listHeader, listed(digest.uncertain)),
    ...table(w.failedList, listHeader, listed(digest.failed)),
    ...table(
      w.bouncedList,
      [w.customer, w.address, w.answer],
      digest.bounced.map((each) => [each.customer, each.address, each.response ?? '']),
    ),
    { kind: 'text', text: w.attached },
    ...link(w.open, '/notices'),
    ...(digest.held.some((row) => row.reason === 'review') ? link(w.review, '/notices/review') : []),
  ]
  return {
    subject: fill(w.subject, {
      day: sayLongDay(day, language),
      sent: digest.sent.length,
      held: digest.held.length,
      failed: digest.failed.length,
    }),
    ...renderMailBlocks(blocks, fill(w.footer, { company: company.name })),
    attachment: {
      name: fill(w.file, { day }),
      type: workbookContentType,
      content: await writeWorkbook(
        [
          noticeSheet(w.sent, digest.sent, language),
          noticeSheet(w.held, digest.held, language),
          noticeSheet(w.failed, digest.failed, language),
          noticeSheet(w.uncertain, digest.uncertain, language),
          noticeSheet(w.today, digest.today, language),
          {
            name: w.bounced,
            columns: [
              { header: w.day, type: 'day' },
              { header: w.code, type: 'text', width: 14 },
              { header: w.customer, type: 'text', width: 34 },
              { header: w.address, type: 'text', width: 34 },
              { header: w.answer, type: 'text', width: 60 },
            ],
            rows: digest.bounced.map((each) => [each.planOn, each.code, each.customer, each.address, each.response]),
          },
        ],
        { timeZone: company.timeZone },
      ),
    },
  }
}
