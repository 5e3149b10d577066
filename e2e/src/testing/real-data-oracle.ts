// What must leave on a day, worked out from the words of the specification and the file alone. Nothing of the product is imported
// here, and nothing may be: an oracle that shares a line with what it judges shares its errors.

export type Kind = 'preventive' | 'overdue'

export interface Invoice {
  customer: string
  /** As written, leading zeros and all. */
  number: string
  issuedOn: string
  dueOn: string
  settledOn: string
  disputed: boolean
  cents: bigint
}

export interface ExpectedItem {
  invoice: string
  dueOn: string
  cents: bigint
}

export interface ExpectedMessage {
  customer: string
  kind: Kind
  state: 'planned' | 'held'
  items: ExpectedItem[]
  cents: bigint
}

const daysBefore = 7
const daysAfter = 7
const catchUpDays = 3

/** Reads the file: comma separated, nothing quoted, days as month/day/year. Anything else is an error, not a guess. */
export function readInvoices(csv: string): Invoice[] {
  const [head, ...lines] = csv.split(/\r?\n/).filter((line) => line !== '')
  if (head === undefined || csv.includes('"')) throw new Error('the oracle reads plain comma separated lines with a head')
  const columns = head.split(',')
  const invoices = lines.map((line) => {
    const cells = line.split(',')
    const cell = (name: string) => {
      const value = cells[columns.indexOf(name)]
      if (value === undefined || cells.length !== columns.length) throw new Error(`no ${name} in: ${line}`)
      return value
    }
    const disputed = cell('Disputed')
    if (disputed !== 'Yes' && disputed !== 'No') throw new Error(`neither Yes nor No: ${line}`)
    return {
      customer: cell('customerID'),
      number: cell('invoiceNumber'),
      issuedOn: readDay(cell('InvoiceDate')),
      dueOn: readDay(cell('DueDate')),
      settledOn: readDay(cell('SettledDate')),
      disputed: disputed === 'Yes',
      cents: readCents(cell('InvoiceAmount')),
    }
  })
  if (new Set(invoices.map(({ number }) => number)).size !== invoices.length) throw new Error('an invoice number stands twice')
  return invoices
}

function readDay(text: string): string {
  const found = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text)
  if (!found) throw new Error(`not month/day/year: ${text}`)
  const [, month = '', day = '', year = ''] = found
  const read = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  if (addDays(read, 0) !== read) throw new Error(`no such day: ${text}`)
  return read
}

function readCents(text: string): bigint {
  const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text)
  if (!found) throw new Error(`not an amount: ${text}`)
  const [, whole = '', fraction = ''] = found
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'))
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

export function isBusinessDay(day: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday >= 1 && weekday <= 5
}

/** A reminder matures on the business day before where its day is none, an overdue notice on the business day after. */
export function maturity(dueOn: string, kind: Kind): string {
  const step = kind === 'preventive' ? -1 : 1
  let day = kind === 'preventive' ? addDays(dueOn, -daysBefore) : addDays(dueOn, daysAfter)
  while (!isBusinessDay(day)) day = addDays(day, step)
  return day
}

/** The key under which an invoice is noticed once. */
export function occurrence(invoice: string, kind: Kind): string {
  return `${invoice} ${kind}`
}

/**
 * The messages of a day, given the file as of that day and the occurrences that had their notice before. One per customer and kind;
 * what is disputed stands apart, held.
 */
export function expectedMessages(invoices: Invoice[], day: string, noticed: ReadonlySet<string> = new Set()): ExpectedMessage[] {
  if (!isBusinessDay(day)) return []
  const messages = new Map<string, ExpectedMessage>()
  for (const invoice of invoices) {
    if (invoice.issuedOn > day || invoice.settledOn <= day) continue
    for (const kind of ['preventive', 'overdue'] as const) {
      const maturesOn = maturity(invoice.dueOn, kind)
      if (maturesOn > day || maturesOn < addDays(day, -catchUpDays)) continue
      if (kind === 'preventive' && day > invoice.dueOn) continue
      if (noticed.has(occurrence(invoice.number, kind))) continue
      const state = invoice.disputed ? 'held' : 'planned'
      const key = `${invoice.customer} ${kind} ${state}`
      const message = messages.get(key) ?? { customer: invoice.customer, kind, state, items: [], cents: 0n }
      message.items.push({ invoice: invoice.number, dueOn: invoice.dueOn, cents: invoice.cents })
      message.cents += invoice.cents
      messages.set(key, message)
    }
  }
  for (const message of messages.values()) message.items.sort((a, b) => (a.invoice < b.invoice ? -1 : 1))
  return [...messages.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, message]) => message)
}

/** What leaves over several days that are run one after the other, each on the file as of that day. */
export function expectedRuns(invoices: Invoice[], days: string[]): { day: string; sent: ExpectedMessage[] }[] {
  const noticed = new Set<string>()
  return days.map((day) => {
    const sent = expectedMessages(invoices, day, noticed).filter(({ state }) => state === 'planned')
    for (const { kind, items } of sent) for (const { invoice } of items) noticed.add(occurrence(invoice, kind))
    return { day, sent }
  })
}

/** Cents as a plain decimal: 123456n is 1234.56. */
export function decimal(cents: bigint): string {
  const digits = cents.toString().padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
