import type { AgingBucket } from '@cartera/domain/credit/aging'
import type { StatementLineKind } from './find-statement.ts'

interface StatementWords {
  title: string
  fileName: string
  period: string
  asOf: string
  customer: string
  code: string
  taxId: string
  address: string
  account: string
  opening: string
  charged: string
  credited: string
  closing: string
  movements: string
  openItems: string
  unapplied: string
  noMovements: string
  noItems: string
  nothing: string
  date: string
  description: string
  due: string
  charge: string
  credit: string
  balance: string
  document: string
  issued: string
  daysOverdue: string
  age: string
  amount: string
  total: string
  net: string
  instalment: string
  made: string
  currency: string
  disputed: string
  summary: string
  concept: string
  kinds: Record<StatementLineKind, string>
  buckets: Record<AgingBucket, string>
}

/** What a statement says, in the language of who gets it. */
export const statementWords: Record<'es' | 'en', StatementWords> = {
  es: {
    title: 'Estado de cuenta',
    fileName: 'estado-de-cuenta',
    period: 'Del {from} al {to}',
    asOf: 'Al {to}',
    customer: 'Cliente',
    code: 'Código',
    taxId: 'Identificación',
    address: 'Dirección',
    account: 'Cuenta en {currency}',
    opening: 'Saldo inicial',
    charged: 'Cargos',
    credited: 'Abonos',
    closing: 'Saldo final',
    movements: 'Movimientos',
    openItems: 'Partidas pendientes',
    unapplied: 'Pagos y créditos sin aplicar',
    noMovements: 'Sin movimientos en el período',
    noItems: 'Nada pendiente',
    nothing: 'Sin saldos ni movimientos en el período.',
    date: 'Fecha',
    description: 'Detalle',
    due: 'Vence',
    charge: 'Cargo',
    credit: 'Abono',
    balance: 'Saldo',
    document: 'Comprobante',
    issued: 'Emisión',
    daysOverdue: 'Días vencido',
    age: 'Antigüedad',
    amount: 'Importe',
    total: 'Total',
    net: 'Saldo neto',
    instalment: 'cuota {number} de {count}',
    made: 'Generado el {day}',
    currency: 'Moneda',
    disputed: 'en disputa',
    summary: 'Resumen',
    concept: 'Concepto',
    kinds: {
      invoice: 'Factura',
      'debit-note': 'Nota de débito',
      receipt: 'Recibo',
      correction: 'Corrección',
      'write-off': 'Castigo',
      'write-off-undone': 'Castigo anulado',
      payment: 'Pago',
      'payment-reversed': 'Pago reversado',
      'credit-note': 'Nota de crédito',
      'credit-note-voided': 'Nota de crédito anulada',
    },
    buckets: {
      notDue: 'Por vencer',
      days1To30: '1 a 30 días',
      days31To60: '31 a 60 días',
      days61To90: '61 a 90 días',
      over90: 'Más de 90',
    },
  },
  en: {
    title: 'Statement of account',
    fileName: 'statement-of-account',
    period: '{from} to {to}',
    asOf: 'As of {to}',
    customer: 'Customer',
    code: 'Code',
    taxId: 'Tax id',
    address: 'Address',
    account: 'Account in {currency}',
    opening: 'Opening balance',
    charged: 'Charges',
    credited: 'Credits',
    closing: 'Closing balance',
    movements: 'Movements',
    openItems: 'Open items',
    unapplied: 'Payments and credits not applied',
    noMovements: 'No movements in the period',
    noItems: 'Nothing outstanding',
    nothing: 'No balances or movements in the period.',
    date: 'Date',
    description: 'Details',
    due: 'Due',
    charge: 'Charge',
    credit: 'Credit',
    balance: 'Balance',
    document: 'Document',
    issued: 'Issued',
    daysOverdue: 'Days overdue',
    age: 'Age',
    amount: 'Amount',
    total: 'Total',
    net: 'Net balance',
    instalment: 'instalment {number} of {count}',
    made: 'Made on {day}',
    currency: 'Currency',
    disputed: 'disputed',
    summary: 'Summary',
    concept: 'Item',
    kinds: {
      invoice: 'Invoice',
      'debit-note': 'Debit note',
      receipt: 'Receipt',
      correction: 'Correction',
      'write-off': 'Write-off',
      'write-off-undone': 'Write-off undone',
      payment: 'Payment',
      'payment-reversed': 'Payment reversed',
      'credit-note': 'Credit note',
      'credit-note-voided': 'Credit note voided',
    },
    buckets: {
      notDue: 'Not due',
      days1To30: '1 to 30 days',
      days31To60: '31 to 60 days',
      days61To90: '61 to 90 days',
      over90: 'Over 90',
    },
  },
}

/** Fills {placeholders}. */
export const fill = (text: string, values: Record<string, string | number>) =>
  Object.entries(values).reduce((filled, [name, value]) => filled.replace(`{${name}}`, String(value)), text)
