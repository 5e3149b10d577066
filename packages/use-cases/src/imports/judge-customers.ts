import type { Querier, Transaction } from '@cartera/db/connect'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { visibleCustomerTo } from '@cartera/db/visible-to'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import type { CustomField, CustomValue } from '@cartera/domain/customers/custom-fields'
import type { CustomerImportField, CustomerImportKey } from '@cartera/domain/imports/customer-import-fields'
import { bareName, bareTaxId, type CustomerRowValues } from '@cartera/domain/imports/customer-import-row'
import type { ImportFate } from '@cartera/domain/imports/import-mapping'
import { formatAmount } from '@cartera/domain/money'
import type { RefusalCode } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, asc, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import { type Company, findCompany } from '../company/company-settings.ts'
import { customerChanges, storedFields, type WrittenFields } from '../customers/customer-fields.ts'
import { findSurvivors } from '../customers/merged-customer.ts'
import { type Customer, visibleCustomer } from '../customers/visible-customer.ts'
import { customerFieldsForImport } from './import-fields.ts'
import type { ImportOptions, RowOutcome, StoredRowError } from './import-record.ts'

type Columns = Partial<typeof customers.$inferInsert>

/** Branches, groups and people by the words with which files name them. */
interface Named {
  idOf(text: string): { id: string; active: boolean } | 'ambiguous' | undefined
  nameOf(id: string | null): string
}

/** What every row of an import is judged against: read once. */
export interface CustomerJudge {
  company: Company
  fields: readonly CustomerImportField[]
  customFields: readonly CustomField[]
  options: ImportOptions
  named: { branch: Named; group: Named; agent: Named }
}

/** A row as the file says it. */
export interface SaidRow {
  rowNumber: number
  values: CustomerRowValues
  errors: StoredRowError[]
}

interface JudgedRow {
  rowNumber: number
  fate: ImportFate
  errors: StoredRowError[]
  outcome: RowOutcome | null
  before: Customer | null
  /** What is written over it; for a new one, all of it but id and code. */
  columns: Columns
}

/** Reads what the rows of an import are judged against: the company, its fields, and who and what a file can name. */
export async function customerJudge(db: Querier, options: ImportOptions): Promise<CustomerJudge> {
  const { fields, custom } = await customerFieldsForImport(db)
  const branchRows = await db
    .select({ id: branches.id, active: branches.active, name: branches.name, code: branches.code })
    .from(branches)
  const groupRows = await db
    .select({ id: customerGroups.id, active: customerGroups.active, name: customerGroups.name })
    .from(customerGroups)
  const userRows = await db.select({ id: users.id, active: users.active, name: users.name, email: users.email }).from(users)
  return {
    company: await findCompany(db),
    fields,
    customFields: custom,
    options,
    named: {
      branch: named(branchRows, (row) => [row.id, row.code, row.name]),
      group: named(groupRows, (row) => [row.id, row.name]),
      agent: named(userRows, (row) => [row.id, row.email, row.name]),
    },
  }
}

function named<Row extends { id: string; active: boolean; name: string }>(
  rows: readonly Row[],
  wordsOf: (row: Row) => (string | null)[],
): Named {
  const names = new Map(rows.map((row) => [row.id, row.name]))
  const ids = new Map<string, { id: string; active: boolean } | 'ambiguous'>()
  for (const row of rows)
    for (const word of wordsOf(row)) {
      const key = searchKey(word ?? '')
      const met = ids.get(key)
      if (key === '' || (met !== undefined && met !== 'ambiguous' && met.id === row.id)) continue
      // Two of the same name: the one who is still there is meant.
      if (met === undefined || (met !== 'ambiguous' && !met.active && row.active)) ids.set(key, row)
      else if (met === 'ambiguous' || row.active) ids.set(key, 'ambiguous')
    }
  return { idOf: (text) => ids.get(searchKey(text)), nameOf: (id) => (id === null ? '' : (names.get(id) ?? '')) }
}

const taxIdKey = sql`regexp_replace(upper(tax_id), '[^0-9A-ZÑ&]', '', 'g')`
const emailKey = sql`lower(email)`
const nameKey = sql`regexp_replace(name_key, '[^a-z0-9]', '', 'g')`

const textOf = (values: CustomerRowValues, field: string): string => {
  const value = values[field]
  return typeof value === 'string' ? value : ''
}

/** A row's value of a key in the form in which it is compared; '' where it says nothing. */
export function keyValue(key: CustomerImportKey, values: CustomerRowValues): string {
  const text = textOf(values, key)
  if (key === 'taxId') return bareTaxId(text)
  return key === 'email' ? text.toLowerCase() : text
}

/** By what a row may be somebody who is there already, although no key says so. Short numbers and names say nothing. */
export function likenessOf(values: CustomerRowValues): { taxId: string; email: string; name: string } {
  const least = (text: string, length: number) => (text.length < length ? '' : text)
  return {
    taxId: least(bareTaxId(textOf(values, 'taxId')), 5),
    email: textOf(values, 'email').toLowerCase(),
    name: least(bareName(textOf(values, 'name')), 4),
  }
}

interface Found {
  customer: Customer
  visible: boolean
}

const filled = (texts: readonly string[]) => [...new Set(texts.filter((text) => text !== ''))]

/** The customers who are there by words of a key, each looked up by the key's index: joined by OR, PostgreSQL reads the whole table for every batch. */
const idsBy = (key: SQL, words: readonly string[]) => sql`
  select c.id from unnest(${sql.param(words)}::text[]) as k(word),
    lateral (select id from ${customers} where ${key} = k.word and deleted_at is null offset 0) c`

/** The customers that the keys of the rows name, also those that the viewer does not see: their codes are taken. */
async function findByKeys(tx: Transaction, viewer: Viewer | null, rows: readonly SaidRow[], judge: CustomerJudge, lock: boolean) {
  const keys = judge.options.keys ?? []
  const valuesOf = (key: CustomerImportKey) => filled(rows.map((row) => keyValue(key, row.values)))
  const [externalIds, codes] = [valuesOf('externalId'), valuesOf('code')]
  const taxIds = keys.includes('taxId') ? valuesOf('taxId') : []
  const emails = keys.includes('email') ? valuesOf('email') : []
  const scope = viewer === null ? undefined : visibleCustomerTo(customerScopeOf(viewer), customers)
  const there = isNull(customers.deletedAt)
  const where = [
    ...(externalIds.length > 0 ? [inArray(customers.externalId, externalIds)] : []),
    ...(codes.length > 0 ? [inArray(customers.code, codes)] : []),
    ...(taxIds.length > 0 ? [and(there, scope, sql`${customers.id} = any(array(${idsBy(taxIdKey, taxIds)}))`)] : []),
    ...(emails.length > 0 ? [and(there, scope, sql`${customers.id} = any(array(${idsBy(emailKey, emails)}))`)] : []),
  ]
  const query = tx
    .select({ customer: customers, visible: sql<boolean>`coalesce(${scope ?? sql`true`}, false)` })
    .from(customers)
    .where(or(...where))
    .orderBy(asc(customers.id))
  const found: Found[] = where.length === 0 ? [] : await (lock ? query.for('update') : query)
  const grouped = (keyOf: (customer: Customer) => string | null, among: readonly Found[] = found) => {
    const by = new Map<string, Found[]>()
    for (const one of among) {
      const key = keyOf(one.customer)
      if (key) by.set(key, [...(by.get(key) ?? []), one])
    }
    return by
  }
  // One who was found by a code and is out of sight is not found by anything that others may share.
  const seen = found.filter((one) => one.visible && one.customer.deletedAt === null)
  return {
    externalId: grouped((customer) => customer.externalId),
    code: grouped((customer) => customer.code),
    taxId: grouped((customer) => bareTaxId(customer.taxId ?? ''), seen),
    email: grouped((customer) => (customer.email ?? '').toLowerCase(), seen),
  }
}

interface Likeness {
  id: string
  code: string
  name: string
  alike: ('taxId' | 'email' | 'name')[]
}

/** For each row the customer whom it may be: as many of the three alike as possible. */
async function findAlike(tx: Transaction, viewer: Viewer | null, rows: readonly SaidRow[]): Promise<Map<number, Likeness>> {
  const likes = rows.map((row) => ({ row, ...likenessOf(row.values) }))
  const [taxIds, emails, names] = [
    filled(likes.map((one) => one.taxId)),
    filled(likes.map((one) => one.email)),
    filled(likes.map((one) => one.name)),
  ]
  const found = new Map<number, Likeness>()
  if (taxIds.length + emails.length + names.length === 0) return found
  const candidates = await tx
    .select({
      id: customers.id,
      code: customers.code,
      name: customers.name,
      taxId: sql<string>`coalesce(${taxIdKey}, '')`,
      email: sql<string>`coalesce(${emailKey}, '')`,
      bare: sql<string>`coalesce(${nameKey}, '')`,
    })
    .from(customers)
    .where(
      and(
        viewer === null ? isNull(customers.deletedAt) : visibleCustomer(viewer),
        sql`${customers.id} = any(array(${idsBy(taxIdKey, taxIds)} union ${idsBy(emailKey, emails)} union ${idsBy(nameKey, names)}))`,
      ),
    )
    .orderBy(asc(customers.id))
  const by = {
    taxId: new Map<string, typeof candidates>(),
    email: new Map<string, typeof candidates>(),
    name: new Map<string, typeof candidates>(),
  }
  const put = (map: Map<string, typeof candidates>, key: string, one: (typeof candidates)[number]) => {
    if (key !== '') map.set(key, [...(map.get(key) ?? []), one])
  }
  for (const one of candidates) {
    put(by.taxId, one.taxId, one)
    put(by.email, one.email, one)
    put(by.name, one.bare, one)
  }
  for (const like of likes) {
    const alike = new Map<string, Likeness>()
    for (const what of ['taxId', 'email', 'name'] as const)
      for (const one of (like[what] === '' ? undefined : by[what].get(like[what])) ?? []) {
        const met = alike.get(one.id) ?? { id: one.id, code: one.code, name: one.name, alike: [] }
        met.alike.push(what)
        alike.set(one.id, met)
      }
    const [nearest] = [...alike.values()].sort((a, b) => b.alike.length - a.alike.length)
    if (nearest) found.set(like.row.rowNumber, nearest)
  }
  return found
}

/**
 * Says what becomes of rows against what stands in the database now. With `lock`, what was found stays so until the transaction ends. `asked` has
 * what the dry run said of a row that may be somebody else: a run keeps to what a person saw.
 */
export async function judgeCustomers(
  tx: Transaction,
  viewer: Viewer | null,
  judge: CustomerJudge,
  rows: readonly SaidRow[],
  mode: { lock: boolean; alike: 'look' | ReadonlyMap<number, string> },
): Promise<JudgedRow[]> {
  const { options } = judge
  const found = await findByKeys(tx, viewer, rows, judge, mode.lock)
  const keys = options.keys ?? []
  const survivors = await findSurvivors(
    tx,
    [...found.externalId.values(), ...found.code.values()].flat().map((one) => one.customer),
  )
  const byKey = new Map(rows.map((row) => [row.rowNumber, matchOf(row)]))

  /** Whom the first key that names anybody names; the key, where it names several or one out of sight. */
  function matchOf(row: SaidRow): { customer: Customer } | { key: CustomerImportKey; why: RefusalCode } | null {
    for (const key of keys) {
      const value = keyValue(key, row.values)
      const [first, second] = value === '' ? [] : (found[key].get(value) ?? [])
      if (second) return { key, why: 'key-ambiguous' }
      if (first) return first.visible ? first : { key, why: key === 'code' ? 'code-taken' : 'external-id-taken' }
    }
    return null
  }

  const fresh = rows.filter((row) => byKey.get(row.rowNumber) === null)
  const alike =
    mode.alike === 'look' && options.mode !== 'change' ? await findAlike(tx, viewer, fresh) : new Map<number, Likeness>()
  const targetIds = [
    ...new Set(
      options.duplicates === 'change'
        ? [...(mode.alike === 'look' ? [...alike.values()].map((one) => one.id) : mode.alike.values())]
        : [],
    ),
  ]
  const targets = new Map<string, Customer>()
  if (targetIds.length > 0) {
    const query = tx
      .select()
      .from(customers)
      .where(and(inArray(customers.id, targetIds), viewer === null ? isNull(customers.deletedAt) : visibleCustomer(viewer)))
      .orderBy(asc(customers.id))
    for (const customer of await (mode.lock ? query.for('update') : query)) targets.set(customer.id, customer)
  }

  return rows.map((row) => {
    const match = byKey.get(row.rowNumber)
    const errors = [...row.errors]
    const keyFields = keys.filter((key) => keyValue(key, row.values) !== '')
    const hidden = match && 'why' in match ? match : null
    if (hidden) errors.push({ field: hidden.key, code: hidden.why })
    const likeness = alike.get(row.rowNumber)
    const likeId = mode.alike === 'look' ? likeness?.id : mode.alike.get(row.rowNumber)
    const taken = match && 'customer' in match ? match.customer : null
    const duplicateOf = taken === null ? likeness : undefined
    const target = taken ?? (likeId !== undefined && options.duplicates === 'change' ? (targets.get(likeId) ?? null) : null)
    const outcome: RowOutcome = duplicateOf ? { duplicateOf } : {}
    const said = { rowNumber: row.rowNumber, before: target, columns: {} as Columns }
    const survivor = taken === null ? undefined : survivors.get(taken.id)
    if (taken !== null && survivor !== undefined)
      return {
        ...said,
        before: null,
        fate: 'skipped',
        errors: [{ field: keyFields[0] ?? 'code', code: 'customer-merged', params: { code: survivor.code } }],
        outcome: { id: survivor.id },
      }
    if (hidden === null) {
      if (taken !== null && options.mode === 'create')
        return {
          ...said,
          fate: 'skipped',
          errors: [{ field: keyFields[0] ?? 'code', code: 'record-exists' }],
          outcome: { id: taken.id },
        }
      if (target === null && options.mode === 'change')
        return { ...said, fate: 'skipped', errors: [{ field: keyFields[0] ?? 'code', code: 'record-missing' }], outcome: null }
      if (taken === null && duplicateOf && (options.duplicates ?? 'skip') === 'skip' && errors.length === 0)
        return { ...said, fate: 'possible-duplicate', errors: [], outcome }
    }
    const written = columnsOf(judge, row.values, target)
    errors.push(...written.errors)
    const taking = (field: 'code' | 'externalId', code: 'code-taken' | 'external-id-taken') => {
      const value = textOf(row.values, field)
      const owners = value === '' ? [] : (found[field].get(value) ?? [])
      if (hidden === null && owners.some((owner) => owner.customer.id !== target?.id)) errors.push({ field, code })
    }
    taking('code', 'code-taken')
    taking('externalId', 'external-id-taken')
    if (target === null && textOf(row.values, 'name') === '' && !errors.some((error) => error.field === 'name'))
      errors.push({ field: 'name', code: 'value-missing' })
    if (errors.length > 0) return { ...said, fate: 'refused', errors, outcome: duplicateOf ? outcome : null }
    if (target === null)
      return { ...said, columns: written.columns, fate: 'create', errors: [], outcome: duplicateOf ? outcome : null }
    const columns = target.deletedAt === null ? written.columns : { ...written.columns, deletedAt: null, deletedBy: null }
    const { changes, columns: next } = customerChanges(target, columns)
    if (Object.keys(changes).length === 0)
      return { ...said, fate: 'unchanged', errors: [], outcome: { ...outcome, id: target.id } }
    return {
      ...said,
      columns: next,
      fate: 'change',
      errors: [],
      outcome: { ...outcome, id: target.id, changes, shown: shownChanges(judge, target, { ...target, ...next }) },
    }
  })
}

/** A row's values as the table stores them, over what a customer has. */
function columnsOf(judge: CustomerJudge, values: CustomerRowValues, before: Customer | null) {
  const errors: StoredRowError[] = []
  const columns: Columns = {}
  const written: Record<string, unknown> = {}
  const custom: Record<string, CustomValue | null> = {}
  for (const [field, value] of Object.entries(values)) {
    if (field.startsWith('custom.')) custom[field.slice(7)] = value
    else if (field === 'branch' || field === 'group') {
      refer(field, value, `${field}Id`)
    } else if (field === 'preferredAgent' || field === 'collectionsAgent') refer(field, value, `${field}Id`)
    else if (field === 'code' || field === 'externalId') {
      if (field === 'externalId' || typeof value === 'string') Object.assign(columns, { [field]: value })
    } else written[field] = value
  }
  function refer(field: 'branch' | 'group' | 'preferredAgent' | 'collectionsAgent', value: unknown, column: string) {
    if (typeof value !== 'string') {
      Object.assign(columns, { [column]: null })
      return
    }
    const id = judge.named[field === 'branch' || field === 'group' ? field : 'agent'].idOf(value)
    const had = before?.[column as keyof Customer]
    if (id === 'ambiguous') errors.push({ field, code: 'reference-ambiguous', params: { value: value.slice(0, 60) } })
    // Who is not there any more may stay where they are.
    else if (id === undefined || (!id.active && id.id !== had)) errors.push({ field, code: 'reference-unknown' })
    else Object.assign(columns, { [column]: id.id })
  }
  if (Object.keys(custom).length > 0) written.custom = custom
  const stored = storedFields(written as WrittenFields, before, judge)
  errors.push(...stored.errors.map((error) => ({ ...error })))
  return { columns: { ...stored.columns, ...columns }, errors }
}

/** What a customer has in a field of an import, words of choices by their keys. */
export function shownValue(
  judge: Pick<CustomerJudge, 'named' | 'company'>,
  customer: Customer,
  field: CustomerImportField,
): string {
  const { named: words } = judge
  switch (field.name) {
    case 'branch':
      return words.branch.nameOf(customer.branchId)
    case 'group':
      return words.group.nameOf(customer.groupId)
    case 'preferredAgent':
      return words.agent.nameOf(customer.preferredAgentId)
    case 'collectionsAgent':
      return words.agent.nameOf(customer.collectionsAgentId)
    case 'creditLimit':
      return customer.creditLimitMinor === null
        ? ''
        : formatAmount(customer.creditLimitMinor, customer.creditCurrency ?? judge.company.currency)
  }
  if (field.name.startsWith('custom.')) {
    const value = customer.custom[field.name.slice(7)]
    if (value === undefined) return ''
    return field.type === 'choice'
      ? (field.choices?.find((choice) => choice.key === value)?.label ?? String(value))
      : String(value)
  }
  const value = customer[field.name as keyof Customer]
  return value === null || value === undefined ? '' : String(value)
}

const longestShown = 200

function shownChanges(judge: CustomerJudge, before: Customer, after: Customer): [string, string, string][] {
  return judge.fields.flatMap((field): [string, string, string][] => {
    const [was, is] = [shownValue(judge, before, field), shownValue(judge, after, field)]
    return was === is ? [] : [[field.name, was.slice(0, longestShown), is.slice(0, longestShown)]]
  })
}
