import { unaccented } from '@cartera/db/schema/columns'
import { customers } from '@cartera/db/schema/customers'
import { isCalendarDay } from '@cartera/domain/calendar-day'
import type { CustomField } from '@cartera/domain/customers/custom-fields'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, or, type SQL, sql } from 'drizzle-orm'
import { likeEscaped } from '../customers/search-customers.ts'

const mostConditions = 20
const holds = (key: string, value: string | boolean) => sql`${customers.custom} @> ${JSON.stringify({ [key]: value })}::jsonb`

function condition(field: CustomField, part: string, value: string): SQL | undefined {
  const { key, kind } = field
  const has = sql`jsonb_exists(${customers.custom}, ${key})`
  if (part === 'empty') return value === 'true' ? sql`not ${has}` : value === 'false' ? has : undefined
  if (part === '') {
    if (kind === 'choice') return or(...value.split(',').map((each) => holds(key, each)))
    if (kind === 'yes-no') return value === 'true' ? holds(key, true) : value === 'false' ? holds(key, false) : undefined
    // The key of a field that exists holds letters, digits and underscores alone.
    if (kind === 'text') return sql`${unaccented(`"customers"."custom"->>'${key}'`)} like ${`%${likeEscaped(searchKey(value))}%`}`
    return undefined
  }
  const than = part === 'from' ? sql`>=` : part === 'to' ? sql`<=` : null
  if (than === null) return undefined
  if (kind === 'date' && isCalendarDay(value)) return sql`${customers.custom}->>${key}::text ${than} ${value}`
  if (kind === 'number' && /^-?\d{1,13}(\.\d{1,6})?$/.test(value))
    return sql`(${customers.custom}->>${key}::text)::numeric ${than} ${value}::numeric`
  return undefined
}

/**
 * Filters over custom fields as a condition: `text` is written like the query of an address, `segmento=oro,plata&visita.from=2026-01-01`. A text
 * field contains it (accents and case do not matter), a choice is one of several, numbers and days lie between `.from` and `.to`, `.empty` is
 * `true` for those without a value. Refuses `value-invalid` at `custom` for a field that is not there and for what it cannot hold.
 */
export function filteredByCustom(text: string, fields: readonly CustomField[]): SQL | undefined {
  const conditions = [...new URLSearchParams(text)].map(([name, value]) => {
    const [key = '', part = '', ...more] = name.split('.')
    const field = fields.find((each) => each.key === key)
    const made = field && more.length === 0 ? condition(field, part, value) : undefined
    if (!made) throw new Refusal('value-invalid', { field: 'custom' })
    return made
  })
  if (conditions.length > mostConditions) throw new Refusal('value-invalid', { field: 'custom' })
  return and(...conditions)
}
