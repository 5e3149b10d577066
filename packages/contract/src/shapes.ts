import { isCalendarDay } from '@cartera/domain/calendar-day'
import { z } from 'zod'

// Refuses NUL and lone surrogates: PostgreSQL cannot store the first, UTF-8 cannot say the second.
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it looks for
const unstorable = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Text with something in it, at most `max` characters, blanks around it removed. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !unstorable.test(value), { error: 'unstorable' })
    .trim()
    .min(1)

/** Text that may be left out: null or blank both mean "none". */
export const optionalText = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !unstorable.test(value), { error: 'unstorable' })
    .trim()
    .transform((value) => (value === '' ? null : value))
    .nullable()

export const id = z.uuid()
export const idParams = z.strictObject({ id })
export const day = z
  .string()
  .max(10)
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .refine(isCalendarDay, { error: 'day' })
  .meta({ description: 'Calendar day, YYYY-MM-DD', example: '2026-03-01' })
/** An instant in UTC, as JSON carries it. */
export const instant = z.iso.datetime().max(30).meta({ description: 'Instant in UTC, ISO 8601' })
/** Money as decimal text, exact; the currency stands beside it. */
export const amount = z
  .string()
  .max(21)
  .regex(/^-?\d{1,15}(\.\d{1,4})?$/)
  .meta({ description: 'Decimal amount as text', example: '1250.50' })
/** A sum of amounts: more digits than any single one. */
export const total = z
  .string()
  .max(30)
  .regex(/^-?\d{1,20}(\.\d{1,4})?$/)
  .meta({ description: 'Decimal sum as text', example: '125000.50' })
export const currency = z
  .string()
  .length(3)
  .regex(/^[A-Z]{3}$/)
  .meta({ description: 'ISO 4217 code', example: 'USD' })
export const emailAddress = z.email().max(254)
export const language = z.enum(['es', 'en'])
export const version = z.int().min(1).max(2147483647)
export const flag = z.boolean()
/** A yes or no in an address. */
export const queryFlag = z.enum(['true', 'false']).transform((value) => value === 'true')

/** Who or what something refers to: enough to show it. */
export const reference = z.strictObject({ id, name: z.string().max(300) })

/** Holds the sort key of the last row, which may be a name of 300 letters of four bytes each. */
export const cursor = z.string().max(2000)

/** Paging, search and order, the same on every list. `sort` is a field, with - before it for descending. */
export const pageQuery = <const S extends readonly [string, ...string[]]>(sorts: S) =>
  z.strictObject({
    limit: z
      .string()
      .max(3)
      .regex(/^([1-9]|[1-9]\d|1\d\d|200)$/)
      .transform(Number)
      .optional()
      .meta({ description: 'How many, 1 to 200 (50 unless told)' }),
    cursor: cursor.optional().meta({ description: 'nextCursor of the page before' }),
    q: z.string().max(200).optional().meta({ description: 'Search; accents and case do not matter' }),
    sort: z.enum(sorts).optional(),
  })

/** A page of a list. */
export const page = <S extends z.ZodType>(item: S) =>
  z.strictObject({ items: z.array(item).max(200), nextCursor: cursor.nullable() })

/** Problem details (RFC 9457): every refusal and error. */
export const problem = z.object({
  type: z.string().max(200),
  title: z.string().max(200),
  status: z.int().min(400).max(599),
  code: z.string().max(100),
  detail: z.string().max(2000),
  requestId: z.string().max(100),
  errors: z
    .array(z.strictObject({ field: z.string().max(200), code: z.string().max(100), detail: z.string().max(1000) }))
    .max(2000)
    .optional(),
})
