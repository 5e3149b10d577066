import { searchKey } from '../text.ts'

/** What a row of an import of receivables can say, in the order in which the mapping shows them. */
export const receivableFields = [
  'customerExternalId',
  'number',
  'issuedOn',
  'dueOn',
  'amount',
  'currency',
  'externalId',
  'instalment',
  'documentType',
  'disputed',
  'settledOn',
  'customerName',
  'customerEmail',
] as const

export type ReceivableField = (typeof receivableFields)[number]

/** Without these nothing can be imported; `currency` may also be fixed for the whole file. */
export const requiredReceivableFields = ['customerExternalId', 'number', 'issuedOn', 'dueOn', 'amount'] as const

/** What becomes of a row. `after-day`: it does not exist yet on the day as of which the file is read. */
export const importFates = ['create', 'change', 'unchanged', 'duplicate', 'refused', 'after-day'] as const
export type ImportFate = (typeof importFates)[number]

export const dateOrders = ['auto', 'dmy', 'mdy', 'ymd'] as const
export type DateOrder = (typeof dateOrders)[number]

/** A field is filled from a column, or from a text in which {column} stands for the row's cell. */
export type FieldSource = { column: string } | { text: string }
export type ReceivableMapping = Partial<Record<ReceivableField, FieldSource>>

/** Headings as people and systems write them, in the form of `headingKey`. The first that a file has wins. */
const headings: Record<ReceivableField, readonly string[]> = {
  customerExternalId: words(
    'customerid customerexternalid customercode customernumber customerno clienteid idcliente idexternocliente codigocliente codcliente codigodecliente numerocliente codigodelcliente client clientid accountnumber cuenta tercero cliente customer',
  ),
  number: words(
    'invoicenumber number invoiceno invoice documentnumber numerofactura nofactura nrofactura numerodefactura factura numerodocumento nodocumento documento numerodecomprobante comprobante numero folio invoiceid',
  ),
  issuedOn: words(
    'invoicedate issuedon issuedate documentdate fechafactura fechaemision fechadeemision emision fechadocumento fechadefactura emitida fecha date',
  ),
  dueOn: words('duedate dueon due vencimiento fechavencimiento fechadevencimiento vence fechavence maturity'),
  amount: words('invoiceamount amount total importe monto valor montototal importetotal valortotal totalfactura balance saldo'),
  currency: words('currency currencycode moneda divisa'),
  externalId: words('externalid idexterno id uuid'),
  instalment: words('instalment installment cuota numerocuota nrocuota'),
  documentType: words('documenttype doctype type tipodocumento tipodecomprobante tipocomprobante tipo'),
  disputed: words('disputed dispute disputa endisputa reclamo disputada'),
  settledOn: words('settleddate settledon paidon paymentdate paiddate fechapago fechadepago pagada pagado fechacobro'),
  customerName: words('customername nombrecliente nombredelcliente razonsocial nombre name clientname'),
  customerEmail: words('customeremail email correo correoelectronico emailcliente correocliente mail'),
}

function words(text: string): readonly string[] {
  return text.split(' ')
}

/** A heading without accents, case, blanks and punctuation: `Fecha de Emisión` becomes `fechadeemision`. */
export function headingKey(heading: string): string {
  return searchKey(heading).replace(/[^a-z0-9]/g, '')
}

/** The mapping that the headings suggest, Spanish or English; each column is used once. */
export function guessReceivableMapping(columns: readonly string[]): ReceivableMapping {
  const byKey = new Map<string, string>()
  for (const column of columns) if (!byKey.has(headingKey(column))) byKey.set(headingKey(column), column)
  const used = new Set<string>()
  const mapping: ReceivableMapping = {}
  for (const field of receivableFields) {
    const key = headings[field].find((word) => byKey.has(word) && !used.has(word))
    const column = key === undefined ? undefined : byKey.get(key)
    if (key === undefined || column === undefined) continue
    used.add(key)
    mapping[field] = { column }
  }
  return mapping
}

/** The text that a source gives for a row, without blanks around it. A column that the row lacks gives ''. */
export function sourceText(source: FieldSource, cellOf: (column: string) => string | undefined): string {
  if ('column' in source) return (cellOf(source.column) ?? '').trim()
  return source.text.replace(/\{([^{}]+)\}/g, (_, column: string) => (cellOf(column) ?? '').trim()).trim()
}

/** The columns that a source reads: what must exist in the file. */
export function columnsOf(source: FieldSource): string[] {
  if ('column' in source) return [source.column]
  return [...source.text.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '')
}
