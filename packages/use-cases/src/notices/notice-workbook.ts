import { formatAmount } from '@cartera/domain/money'
import type { WorkbookCell, WorkbookColumn, WorkbookSheet } from '../exports/write-workbook.ts'
import type { NoticeRow } from './list-notices.ts'
import { sayKind, sayReason, sayState } from './queue-words.ts'

const headers = {
  es: {
    planOn: 'Día',
    customerCode: 'Código',
    customer: 'Cliente',
    externalId: 'Id externo',
    kind: 'Tipo',
    state: 'Estado',
    reason: 'Motivo',
    items: 'Cuentas',
    total: 'Total',
    currency: 'Moneda',
    subject: 'Asunto',
    sender: 'Remitente',
    senderAddress: 'Cuenta de envío',
    fallback: 'Cuenta sustituta',
    recipients: 'Destinatarios',
    sentAt: 'Enviado',
    response: 'Respuesta del servidor',
    attempt: 'Intentos',
    messageId: 'Message-ID',
    yes: 'Sí',
  },
  en: {
    planOn: 'Day',
    customerCode: 'Code',
    customer: 'Customer',
    externalId: 'External id',
    kind: 'Kind',
    state: 'State',
    reason: 'Reason',
    items: 'Receivables',
    total: 'Total',
    currency: 'Currency',
    subject: 'Subject',
    sender: 'Sender',
    senderAddress: 'Sending account',
    fallback: 'Stand-in account',
    recipients: 'Recipients',
    sentAt: 'Sent',
    response: "Server's answer",
    attempt: 'Attempts',
    messageId: 'Message-ID',
    yes: 'Yes',
  },
} as const

/** The columns of notices as a file. */
export function noticeColumns(language: 'es' | 'en'): WorkbookColumn[] {
  const h = headers[language]
  return [
    { header: h.planOn, type: 'day' },
    { header: h.customerCode, type: 'text', width: 14 },
    { header: h.customer, type: 'text', width: 34 },
    { header: h.externalId, type: 'text', width: 16 },
    { header: h.kind, type: 'text', width: 18 },
    { header: h.state, type: 'text', width: 14 },
    { header: h.reason, type: 'text', width: 24 },
    { header: h.items, type: 'integer' },
    { header: h.total, type: 'money' },
    { header: h.currency, type: 'text', width: 10 },
    { header: h.subject, type: 'text', width: 36 },
    { header: h.sender, type: 'text' },
    { header: h.senderAddress, type: 'text', width: 28 },
    { header: h.fallback, type: 'text', width: 16 },
    { header: h.recipients, type: 'integer', width: 13 },
    { header: h.sentAt, type: 'instant' },
    { header: h.response, type: 'text', width: 36 },
    { header: h.attempt, type: 'integer' },
    { header: h.messageId, type: 'text', width: 40 },
  ]
}

/** Notices row by row: one per message and currency. */
export async function* noticeCells(
  rows: Iterable<NoticeRow> | AsyncIterable<NoticeRow>,
  language: 'es' | 'en',
): AsyncGenerator<WorkbookCell[]> {
  for await (const row of rows) {
    // A message in two currencies takes two rows, so that every total can be summed by its currency.
    const totals = row.totals?.length ? row.totals : [null]
    for (const total of totals)
      yield [
        row.planOn,
        row.customerCode,
        row.customerName,
        row.customerExternalId,
        sayKind(row.kind, language),
        sayState(row.state, language),
        sayReason(row.reason, language),
        row.itemCount,
        total === null ? null : { amount: formatAmount(BigInt(total.minor), total.currency), currency: total.currency },
        total?.currency ?? null,
        row.subject,
        row.senderName,
        row.senderAddress,
        row.senderIsFallback ? headers[language].yes : null,
        row.recipientCount,
        row.sentAt,
        row.smtpResponse,
        row.attempt,
        row.messageId,
      ]
  }
}

/** Notices as a sheet: one row per message and currency. */
export function noticeSheet(
  name: string,
  rows: Iterable<NoticeRow> | AsyncIterable<NoticeRow>,
  language: 'es' | 'en',
): WorkbookSheet {
  return { name, columns: noticeColumns(language), rows: noticeCells(rows, language) }
}
