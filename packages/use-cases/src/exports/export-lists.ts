import { priceLists } from '@cartera/db/schema/prices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { asc } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { listAudit } from '../audit/list-audit.ts'
import { listCases } from '../cases/find-cases.ts'
import { contactColumns, contactRows } from '../contacts/export-contacts.ts'
import type { Language } from '../customers/customer-words.ts'
import { customerColumns, customerRows } from '../customers/export-customers.ts'
import { listAllFiles } from '../files/list-files.ts'
import { listFollowUps } from '../follow-ups/list-follow-ups.ts'
import { listHandovers } from '../handovers/find-handovers.ts'
import { conversationSheet, interactionColumns, interactionRows } from '../interactions/export-interactions.ts'
import { listInterests } from '../interests/find-interests.ts'
import { noteColumns, noteRows, noteSummarySheet } from '../notes/note-report-files.ts'
import { noticeCells, noticeColumns } from '../notices/notice-workbook.ts'
import { everyNotice } from '../notices/select-notices.ts'
import { listOpportunities } from '../opportunities/find-opportunities.ts'
import { listPaymentClaims } from '../payment-claims/payment-claims.ts'
import { productCatalogue } from '../products/product-catalogue.ts'
import { listPromises } from '../promises/list-promises.ts'
import { listQuotes } from '../quotes/find-quotes.ts'
import { quoteStateWords } from '../quotes/quote-words.ts'
import { listReceivables } from '../receivables/list-receivables.ts'
import { listRenewals } from '../renewals/find-renewals.ts'
import { listUsers } from '../users/list-users.ts'
import type { WorkbookCell, WorkbookColumn, WorkbookSheet } from './write-workbook.ts'

/** A list of the product as a file: its columns, and its rows one after the other. */
export interface ExportList {
  /** The name of its sheet and file. */
  title: Record<Language, string>
  columns(ctx: AppContext, language: Language, filters: Record<string, unknown>): Promise<WorkbookColumn[]>
  /** `viewerNow` is asked before every page: rights are those of the moment at which a row is read. */
  rows(
    ctx: AppContext,
    viewerNow: () => Promise<Viewer>,
    filters: Record<string, unknown>,
    language: Language,
  ): AsyncGenerator<WorkbookCell[]>
  /** What stands beside the list in its Excel file; a CSV file has one sheet. */
  beside?(ctx: AppContext, viewerNow: () => Promise<Viewer>, filters: Record<string, unknown>, language: Language): WorkbookSheet
}

const pageSize = 500

type Product = Awaited<ReturnType<typeof productCatalogue.list>>['items'][number]

interface ListColumn<Item> {
  es: string
  en: string
  type?: WorkbookColumn['type']
  width?: number
  of(item: Item, language: Language): WorkbookCell
}

/** A list that its use case answers page by page, under the same filters and scope as on the screen. */
function paged<Item>(
  title: Record<Language, string>,
  page: (
    ctx: AppContext,
    viewer: Viewer,
    query: Record<string, unknown> & { limit: number; cursor: string | undefined },
  ) => Promise<{ items: readonly Item[]; nextCursor: string | null }>,
  columns: readonly ListColumn<Item>[],
  /** Columns of what the company has made itself, after the others; a later one must not move those before it. */
  more: (ctx: AppContext) => Promise<readonly ListColumn<Item>[]> = async () => [],
): ExportList {
  return {
    title,
    async columns(ctx, language) {
      return [...columns, ...(await more(ctx))].map(({ type = 'text', width, ...header }) => ({
        header: header[language],
        type,
        ...(width === undefined ? {} : { width }),
      }))
    },
    async *rows(ctx, viewerNow, filters, language) {
      const all = [...columns, ...(await more(ctx))]
      for (let cursor: string | undefined; ; ) {
        const { items, nextCursor } = await page(ctx, await viewerNow(), { ...filters, limit: pageSize, cursor })
        for (const item of items) yield all.map((column) => column.of(item, language))
        if (nextCursor === null) return
        cursor = nextCursor
      }
    },
  }
}

const yesNo = (value: boolean, language: Language) => (language === 'es' ? (value ? 'Sí' : 'No') : value ? 'Yes' : 'No')

/** Words of states and kinds, shared where they mean the same. */
const said: Record<string, Record<Language, string>> = {
  invoice: { es: 'Factura', en: 'Invoice' },
  'debit-note': { es: 'Nota de débito', en: 'Debit note' },
  'credit-note': { es: 'Nota de crédito', en: 'Credit note' },
  receipt: { es: 'Recibo', en: 'Receipt' },
  open: { es: 'Abierto', en: 'Open' },
  kept: { es: 'Cumplida', en: 'Kept' },
  'partly-kept': { es: 'Cumplida en parte', en: 'Partly kept' },
  broken: { es: 'Incumplida', en: 'Broken' },
  withdrawn: { es: 'Retirada', en: 'Withdrawn' },
  waiting: { es: 'En espera', en: 'Waiting' },
  confirmed: { es: 'Confirmado', en: 'Confirmed' },
  rejected: { es: 'Rechazado', en: 'Rejected' },
  new: { es: 'Nuevo', en: 'New' },
  'in-progress': { es: 'En curso', en: 'In progress' },
  resolved: { es: 'Resuelto', en: 'Resolved' },
  call: { es: 'Llamada', en: 'Call' },
  email: { es: 'Correo', en: 'E-mail' },
  visit: { es: 'Visita', en: 'Visit' },
  message: { es: 'Mensaje', en: 'Message' },
  other: { es: 'Otro', en: 'Other' },
  active: { es: 'Activo', en: 'Active' },
  closed: { es: 'Cerrado', en: 'Closed' },
  discarded: { es: 'Descartado', en: 'Discarded' },
  person: { es: 'Registrado a mano', en: 'By hand' },
  interaction: { es: 'Interacción', en: 'Interaction' },
  opportunity: { es: 'Oportunidad', en: 'Opportunity' },
  low: { es: 'Baja', en: 'Low' },
  normal: { es: 'Normal', en: 'Normal' },
  high: { es: 'Alta', en: 'High' },
  agent: { es: 'Agente', en: 'Agent' },
  portal: { es: 'Portal', en: 'Portal' },
}
const say = (key: string | null, language: Language) => (key === null ? null : (said[key]?.[language] ?? key))

const opportunityStates: Record<'open' | 'won' | 'lost', Record<Language, string>> = {
  open: { es: 'Abierta', en: 'Open' },
  won: { es: 'Ganada', en: 'Won' },
  lost: { es: 'Perdida', en: 'Lost' },
}

const fileWords = {
  image: { es: 'Imagen', en: 'Picture' },
  pdf: { es: 'PDF', en: 'PDF' },
  mail: { es: 'Correo', en: 'E-mail' },
  document: { es: 'Documento', en: 'Document' },
  spreadsheet: { es: 'Hoja de cálculo', en: 'Spreadsheet' },
  text: { es: 'Texto', en: 'Text' },
  archive: { es: 'Comprimido', en: 'Archive' },
  media: { es: 'Audio o video', en: 'Audio or video' },
  other: { es: 'Otra', en: 'Other' },
  photo: { es: 'Foto o plano', en: 'Photo or plan' },
  contract: { es: 'Contrato', en: 'Contract' },
  legal: { es: 'Documento legal', en: 'Legal document' },
  financial: { es: 'Estados financieros', en: 'Financial statements' },
  order: { es: 'Pedido u orden de compra', en: 'Order' },
  correspondence: { es: 'Correspondencia', en: 'Correspondence' },
} as const

const handoverWords = {
  preferred: { es: 'Agente de ventas', en: 'Preferred agent' },
  collections: { es: 'Agente de cobranza', en: 'Collections agent' },
  planned: { es: 'Programado', en: 'Planned' },
  done: { es: 'Hecho', en: 'Done' },
  covering: { es: 'En cobertura', en: 'Covering' },
  returned: { es: 'Devuelto', en: 'Returned' },
  undone: { es: 'Deshecho', en: 'Undone' },
  cancelled: { es: 'Cancelado', en: 'Cancelled' },
} as const

const customerCode = { es: 'Código', en: 'Code', width: 12 }
const customerName = { es: 'Cliente', en: 'Customer', width: 36 }

/** A column for each price list, the oldest first. */
const pricesPerList = async (ctx: AppContext): Promise<ListColumn<Product>[]> =>
  (await ctx.db.select().from(priceLists).orderBy(asc(priceLists.id))).map(({ id, name, currency }) => ({
    es: `${name} (${currency})`,
    en: `${name} (${currency})`,
    type: 'money',
    of({ prices }) {
      const price = prices.find((one) => one.priceList.id === id)
      return price === undefined ? null : { amount: price.price, currency }
    },
  }))

/** Every list that becomes a file, by the name under which it is asked for. */
export const exportLists = {
  customers: {
    title: { es: 'Clientes', en: 'Customers' },
    columns: (ctx, language) => customerColumns(ctx.db, language),
    rows: customerRows,
  },
  contacts: {
    title: { es: 'Contactos', en: 'Contacts' },
    columns: async (_, language) => contactColumns(language),
    rows: contactRows,
  },
  receivables: paged({ es: 'Cuentas por cobrar', en: 'Receivables' }, listReceivables, [
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Tipo', en: 'Type', of: (row, language) => say(row.documentType, language) },
    { es: 'Número', en: 'Number', of: (row) => row.number },
    { es: 'Cuota', en: 'Instalment', type: 'integer', of: (row) => row.instalment },
    { es: 'Emisión', en: 'Issued', type: 'day', of: (row) => row.issuedOn },
    { es: 'Vencimiento', en: 'Due', type: 'day', of: (row) => row.dueOn },
    { es: 'Días vencidos', en: 'Days overdue', type: 'integer', of: (row) => row.daysOverdue },
    { es: 'Moneda', en: 'Currency', width: 8, of: (row) => row.currency },
    { es: 'Importe', en: 'Amount', type: 'money', of: (row) => ({ amount: row.amount, currency: row.currency }) },
    { es: 'Saldo', en: 'Balance', type: 'money', of: (row) => ({ amount: row.balance, currency: row.currency }) },
    { es: 'En disputa', en: 'Disputed', of: (row, language) => yesNo(row.disputed, language) },
    { es: 'Motivo de la disputa', en: 'Reason of the dispute', of: (row) => row.disputeReason },
    { es: 'Id externo', en: 'External id', of: (row) => row.externalId },
  ]),
  promises: paged({ es: 'Promesas de pago', en: 'Promises to pay' }, listPromises, [
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Prometida', en: 'Promised on', type: 'day', of: (row) => row.promisedOn },
    { es: 'Para el', en: 'Due', type: 'day', of: (row) => row.dueOn },
    { es: 'Estado', en: 'State', of: (row, language) => say(row.state, language) },
    { es: 'Moneda', en: 'Currency', width: 8, of: (row) => row.currency },
    { es: 'Importe', en: 'Amount', type: 'money', of: (row) => ({ amount: row.amount, currency: row.currency }) },
    { es: 'Recibido', en: 'Received', type: 'money', of: (row) => ({ amount: row.received, currency: row.currency }) },
    { es: 'Origen', en: 'Source', of: (row, language) => say(row.source, language) },
    { es: 'Contacto', en: 'Contact', of: (row) => row.contact?.name ?? null },
    { es: 'Comentario', en: 'Comment', width: 40, of: (row) => row.comment },
    { es: 'Registrada por', en: 'Recorded by', of: (row) => row.recordedBy?.name ?? null },
  ]),
  'payment-claims': paged({ es: 'Pagos reportados', en: 'Reported payments' }, listPaymentClaims, [
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Contacto', en: 'Contact', of: (row) => row.contact.name },
    { es: 'Pagado el', en: 'Paid on', type: 'day', of: (row) => row.paidOn },
    { es: 'Moneda', en: 'Currency', width: 8, of: (row) => row.currency },
    { es: 'Importe', en: 'Amount', type: 'money', of: (row) => ({ amount: row.amount, currency: row.currency }) },
    { es: 'Medio', en: 'Method', of: (row) => row.method },
    { es: 'Referencia', en: 'Reference', of: (row) => row.reference },
    { es: 'Estado', en: 'State', of: (row, language) => say(row.state, language) },
    { es: 'Respuesta', en: 'Answer', width: 40, of: (row) => row.answer },
    { es: 'Decidido', en: 'Decided', type: 'instant', of: (row) => row.decidedAt },
    { es: 'Decidido por', en: 'Decided by', of: (row) => row.decidedBy?.name ?? null },
    { es: 'Reportado', en: 'Reported', type: 'instant', of: (row) => row.createdAt },
  ]),
  'follow-ups': paged({ es: 'Seguimientos', en: 'Follow-ups' }, listFollowUps, [
    { es: 'Número', en: 'Number', type: 'integer', of: (row) => row.number },
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Asunto', en: 'Subject', width: 40, of: (row) => row.subject },
    { es: 'Tipo', en: 'Type', of: (row) => row.type.name },
    { es: 'Situación', en: 'Situation', of: (row) => row.situation?.name ?? null },
    { es: 'Estado', en: 'State', of: (row, language) => say(row.state, language) },
    { es: 'Responsable', en: 'Owner', of: (row) => row.owner.name },
    { es: 'Prioridad', en: 'Priority', of: (row, language) => say(row.priority, language) },
    { es: 'Canal', en: 'Channel', of: (row, language) => say(row.channel, language) },
    { es: 'Contacto', en: 'Contact', of: (row) => row.contact?.name ?? null },
    { es: 'Abierto', en: 'Opened', type: 'instant', of: (row) => row.createdAt },
    { es: 'Vencía al principio', en: 'First due', type: 'instant', of: (row) => row.firstDueAt },
    { es: 'Vence', en: 'Due', type: 'instant', of: (row) => row.dueAt },
    { es: 'Atrasado', en: 'Overdue', of: (row, language) => yesNo(row.overdue, language) },
    { es: 'Pospuesto', en: 'Postponed', type: 'integer', of: (row) => row.postponementCount },
    { es: 'Terminado', en: 'Ended', type: 'instant', of: (row) => row.endedAt },
    { es: 'Resultado', en: 'Result', width: 40, of: (row) => row.endReason },
    { es: 'Descripción', en: 'Description', width: 60, of: (row) => row.description },
  ]),
  interactions: {
    title: { es: 'Interacciones', en: 'Interactions' },
    columns: async (_, language) => interactionColumns(language),
    rows: interactionRows,
    beside: conversationSheet,
  },
  cases: paged({ es: 'Casos', en: 'Cases' }, listCases, [
    { es: 'Número', en: 'Number', type: 'integer', of: (row) => row.number },
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Asunto', en: 'Subject', width: 40, of: (row) => row.subject },
    { es: 'Tipo', en: 'Type', of: (row) => row.type?.name ?? null },
    { es: 'Estado', en: 'State', of: (row, language) => say(row.state, language) },
    { es: 'Prioridad', en: 'Priority', of: (row, language) => say(row.priority, language) },
    { es: 'Responsable', en: 'Owner', of: (row) => row.owner.name },
    { es: 'Contacto', en: 'Contact', of: (row) => row.contact?.name ?? null },
    { es: 'Llegó por', en: 'Came by', of: (row, language) => say(row.channel, language) },
    { es: 'Vence', en: 'Due', type: 'instant', of: (row) => row.dueAt },
    { es: 'Descripción', en: 'Description', width: 60, of: (row) => row.description },
    { es: 'Resolución', en: 'Resolution', width: 60, of: (row) => row.resolution },
    { es: 'Resuelto', en: 'Resolved', type: 'instant', of: (row) => row.resolvedAt },
    { es: 'Resuelto por', en: 'Resolved by', of: (row) => row.resolvedBy?.name ?? null },
    { es: 'Abierto', en: 'Opened', type: 'instant', of: (row) => row.createdAt },
  ]),
  opportunities: paged({ es: 'Oportunidades', en: 'Opportunities' }, listOpportunities, [
    { es: 'Número', en: 'Number', type: 'integer', of: (row) => row.number },
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Oportunidad', en: 'Opportunity', width: 40, of: (row) => row.name },
    { es: 'Etapa', en: 'Stage', of: (row) => row.stage.name },
    { es: 'Estado', en: 'State', of: (row, language) => opportunityStates[row.state][language] },
    { es: 'Responsable', en: 'Owner', of: (row) => row.owner.name },
    { es: 'Contacto', en: 'Contact', of: (row) => row.contact?.name ?? null },
    { es: 'Moneda', en: 'Currency', width: 8, of: (row) => row.currency },
    { es: 'Importe', en: 'Amount', type: 'money', of: (row) => ({ amount: row.amount, currency: row.currency }) },
    { es: 'Probabilidad %', en: 'Probability %', type: 'integer', of: (row) => row.probability },
    { es: 'Ponderado', en: 'Weighted', type: 'money', of: (row) => ({ amount: row.weighted, currency: row.currency }) },
    { es: 'Cierre esperado', en: 'Expected close', type: 'day', of: (row) => row.expectedOn },
    { es: 'Procedencia', en: 'Source', of: (row) => row.source },
    { es: 'Cerrada el', en: 'Closed on', type: 'day', of: (row) => row.closedOn },
    { es: 'Motivo de pérdida', en: 'Loss reason', of: (row) => row.lossReason?.name ?? null },
    { es: 'Nota de cierre', en: 'Closing note', width: 40, of: (row) => row.closeNote },
  ]),
  interests: paged({ es: 'Intereses', en: 'Interests' }, listInterests, [
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Código de producto', en: 'Product code', of: (row) => row.product.code },
    { es: 'Producto', en: 'Product', width: 32, of: (row) => row.product.name },
    { es: 'Quién lo muestra', en: 'Who shows it', of: (row) => row.contact?.name ?? null },
    { es: 'Mostrado el', en: 'Shown on', type: 'day', of: (row) => row.shownOn },
    {
      es: 'Origen',
      en: 'Origin',
      of: (row, language) =>
        [say(row.origin, language), (row.interaction ?? row.opportunity)?.number].filter((part) => part !== undefined).join(' '),
    },
    { es: 'Nota', en: 'Note', width: 40, of: (row) => row.note },
    { es: 'Registró', en: 'Noted by', of: (row) => row.createdBy?.name ?? null },
  ]),
  renewals: paged({ es: 'Renovables', en: 'Renewals' }, listRenewals, [
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Producto', en: 'Product', width: 32, of: (row) => row.product.name },
    { es: 'Responsable', en: 'Owner', of: (row) => row.owner.name },
    { es: 'Cada (meses)', en: 'Every (months)', type: 'integer', of: (row) => row.everyMonths },
    { es: 'Última compra', en: 'Last purchase', type: 'day', of: (row) => row.lastOn },
    { es: 'Próxima compra', en: 'Next purchase', type: 'day', of: (row) => row.nextOn },
    { es: 'Cantidad', en: 'Quantity', of: (row) => row.quantity },
    { es: 'Moneda', en: 'Currency', width: 8, of: (row) => row.currency },
    {
      es: 'Importe',
      en: 'Amount',
      type: 'money',
      of: (row) => (row.amount === null || row.currency === null ? null : { amount: row.amount, currency: row.currency }),
    },
    { es: 'Nota', en: 'Note', width: 40, of: (row) => row.note },
    {
      es: 'Estado',
      en: 'State',
      of: (row, language) =>
        row.state === 'ended' ? { es: 'No se renueva', en: 'Not renewed' }[language] : { es: 'Vigente', en: 'Active' }[language],
    },
    { es: 'Motivo', en: 'Reason', of: (row) => row.endReason },
  ]),
  notes: {
    title: { es: 'Notas', en: 'Notes' },
    columns: async (_, language, filters) => noteColumns(language, filters.grouped === true),
    rows: noteRows,
    beside: noteSummarySheet,
  },
  notices: {
    title: { es: 'Avisos', en: 'Notices' },
    columns: async (_, language) => noticeColumns(language),
    rows: (ctx, viewerNow, filters, language) => noticeCells(everyNotice(ctx, viewerNow, filters), language),
  },
  handovers: paged({ es: 'Cambios de agentes', en: 'Handovers' }, listHandovers, [
    { es: 'Número', en: 'Number', type: 'integer', of: (row) => row.number },
    { es: 'Agente', en: 'Agent', of: (row, language) => handoverWords[row.role][language] },
    {
      es: 'Cambios',
      en: 'Moves',
      width: 48,
      of: (row, language) =>
        row.moves
          .map(
            ({ from, to, customers }) =>
              `${from.name} → ${to.name}: ${customers} ${language === 'es' ? 'clientes' : 'customers'}`,
          )
          .join('\n'),
    },
    { es: 'Estado', en: 'State', of: (row, language) => handoverWords[row.state][language] },
    { es: 'Desde', en: 'From', type: 'day', of: (row) => row.startsOn },
    { es: 'Hasta', en: 'Until', type: 'day', of: (row) => row.endsOn },
    { es: 'Con seguimientos', en: 'With follow-ups', of: (row, language) => yesNo(row.movesFollowUps, language) },
    { es: 'Con interacciones', en: 'With interactions', of: (row, language) => yesNo(row.movesInteractions, language) },
    { es: 'Nota', en: 'Note', width: 40, of: (row) => row.note },
    { es: 'Registrado por', en: 'Made by', of: (row) => row.createdBy.name },
    { es: 'Registrado', en: 'Made', type: 'instant', of: (row) => row.createdAt },
    { es: 'Hecho', en: 'Carried out', type: 'instant', of: (row) => row.carriedOutAt },
    { es: 'Terminado', en: 'Ended', type: 'instant', of: (row) => row.endedAt },
    { es: 'Terminado por', en: 'Ended by', of: (row) => row.endedBy?.name ?? null },
  ]),
  files: paged({ es: 'Archivos', en: 'Files' }, listAllFiles, [
    { es: 'Nombre', en: 'Name', width: 40, of: (row) => row.name },
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Clase', en: 'Kind', of: (row, language) => fileWords[row.kind][language] },
    {
      es: 'Categoría',
      en: 'Category',
      width: 22,
      of: (row, language) => fileWords[row.category === 'image' ? 'photo' : row.category][language],
    },
    { es: 'Bytes', en: 'Bytes', type: 'integer', of: (row) => row.size },
    { es: 'Versión', en: 'Version', type: 'integer', of: (row) => row.revision },
    { es: 'Asunto del correo', en: 'Subject of the e-mail', width: 36, of: (row) => row.mail?.subject ?? null },
    { es: 'Remitente', en: 'Sender', of: (row) => row.mail?.from.address ?? null },
    { es: 'Descripción', en: 'Description', width: 40, of: (row) => row.description },
    { es: 'Agregado por', en: 'Added by', of: (row) => row.owner.name },
    { es: 'Sucursal', en: 'Branch', of: (row) => row.branch.name },
    { es: 'Departamento', en: 'Department', of: (row) => row.department?.name ?? null },
    { es: 'Agregado', en: 'Added', type: 'instant', of: (row) => row.createdAt },
  ]),
  audit: paged({ es: 'Auditoría', en: 'Audit' }, listAudit, [
    { es: 'Fecha', en: 'Date', type: 'instant', of: (row) => row.at },
    { es: 'Quién', en: 'Who', of: (row, language) => row.actor?.name ?? (language === 'es' ? 'Sistema' : 'System') },
    { es: 'Acción', en: 'Action', of: (row) => row.action },
    { es: 'Registro', en: 'Record', of: (row) => row.entity },
    { es: 'Id', en: 'Id', width: 38, of: (row) => row.entityId },
    {
      es: 'Cambios',
      en: 'Changes',
      width: 80,
      of: (row) => row.changes.map(({ field, before, after }) => `${field}: ${before ?? ''} → ${after ?? ''}`).join('\n'),
    },
    { es: 'Dirección', en: 'Address', of: (row) => row.address },
  ]),
  quotes: paged({ es: 'Cotizaciones', en: 'Quotes' }, listQuotes, [
    { es: 'Número', en: 'Number', of: (row) => row.label },
    { ...customerCode, of: (row) => row.customer.code },
    { ...customerName, of: (row) => row.customer.name },
    { es: 'Asunto', en: 'Subject', width: 40, of: (row) => row.subject },
    { es: 'Contacto', en: 'Contact', of: (row) => row.contact?.name ?? null },
    { es: 'Responsable', en: 'Owner', of: (row) => row.owner.name },
    { es: 'Estado', en: 'State', of: (row, language) => quoteStateWords[language][row.state] },
    { es: 'Moneda', en: 'Currency', width: 8, of: (row) => row.currency },
    { es: 'Sin impuestos', en: 'Net', type: 'money', of: (row) => ({ amount: row.net, currency: row.currency }) },
    { es: 'Impuestos', en: 'Taxes', type: 'money', of: (row) => ({ amount: row.tax, currency: row.currency }) },
    { es: 'Total', en: 'Total', type: 'money', of: (row) => ({ amount: row.total, currency: row.currency }) },
    { es: 'Enviada', en: 'Sent', type: 'day', of: (row) => row.issuedOn },
    { es: 'Válida hasta', en: 'Valid until', type: 'day', of: (row) => row.validUntil },
    { es: 'Decidida', en: 'Decided', type: 'day', of: (row) => row.decidedOn },
    { es: 'Motivo', en: 'Reason', width: 40, of: (row) => row.reason },
  ]),
  products: paged(
    { es: 'Productos', en: 'Products' },
    productCatalogue.list,
    [
      { es: 'Código', en: 'Code', of: (row) => row.code },
      { es: 'Nombre', en: 'Name', width: 40, of: (row) => row.name },
      { es: 'Unidad', en: 'Unit', width: 12, of: (row) => row.unit },
      { es: 'Impuesto %', en: 'Tax %', width: 12, of: (row) => row.taxPercent },
      { es: 'Activo', en: 'Active', of: (row, language) => yesNo(row.active, language) },
    ],
    pricesPerList,
  ),
  users: paged({ es: 'Usuarios', en: 'Users' }, listUsers, [
    { es: 'Nombre', en: 'Name', width: 32, of: (row) => row.name },
    { es: 'Correo', en: 'E-mail', width: 32, of: (row) => row.email },
    { es: 'Sucursal', en: 'Branch', of: (row) => row.branch.name },
    { es: 'Departamento', en: 'Department', of: (row) => row.department?.name ?? null },
    { es: 'Perfil', en: 'Profile', of: (row) => row.profile?.name ?? null },
    { es: 'Activo', en: 'Active', of: (row, language) => yesNo(row.active, language) },
    { es: 'Última entrada', en: 'Last sign-in', type: 'instant', of: (row) => row.lastSignInAt },
  ]),
} as const satisfies Record<string, ExportList>

export type ExportListName = keyof typeof exportLists
