import { type FieldSource, guessMapping, headingWords } from './import-mapping.ts'

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

export type ReceivableMapping = Partial<Record<ReceivableField, FieldSource>>

/** Headings as people and systems write them, in the form of `headingKey`. The first that a file has wins. */
const headings: Record<ReceivableField, readonly string[]> = {
  customerExternalId: headingWords(
    'customerid customerexternalid customercode customernumber customerno clienteid idcliente idexternocliente codigocliente codcliente codigodecliente numerocliente codigodelcliente client clientid accountnumber cuenta tercero cliente customer',
  ),
  number: headingWords(
    'invoicenumber number invoiceno invoice documentnumber numerofactura nofactura nrofactura numerodefactura factura numerodocumento nodocumento documento numerodecomprobante comprobante numero folio invoiceid',
  ),
  issuedOn: headingWords(
    'invoicedate issuedon issuedate documentdate fechafactura fechaemision fechadeemision emision fechadocumento fechadefactura emitida fecha date',
  ),
  dueOn: headingWords('duedate dueon due vencimiento fechavencimiento fechadevencimiento vence fechavence maturity'),
  amount: headingWords(
    'invoiceamount amount total importe monto valor montototal importetotal valortotal totalfactura balance saldo',
  ),
  currency: headingWords('currency currencycode moneda divisa'),
  externalId: headingWords('externalid idexterno id uuid'),
  instalment: headingWords('instalment installment cuota numerocuota nrocuota'),
  documentType: headingWords('documenttype doctype type tipodocumento tipodecomprobante tipocomprobante tipo'),
  disputed: headingWords('disputed dispute disputa endisputa reclamo disputada'),
  settledOn: headingWords('settleddate settledon paidon paymentdate paiddate fechapago fechadepago pagada pagado fechacobro'),
  customerName: headingWords('customername nombrecliente nombredelcliente razonsocial nombre name clientname'),
  customerEmail: headingWords('customeremail email correo correoelectronico emailcliente correocliente mail'),
}

/** The mapping that the headings suggest, Spanish or English; each column is used once. */
export function guessReceivableMapping(columns: readonly string[]): ReceivableMapping {
  return guessMapping(
    receivableFields.map((name) => ({ name, headings: headings[name] })),
    columns,
  )
}
