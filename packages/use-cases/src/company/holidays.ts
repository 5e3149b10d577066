import { holidays } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import Holidays from 'date-holidays'
import { and, eq, gte, lte, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { findCompany } from './company-settings.ts'

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
}

/** The holidays of the company; everyone who signs in may know on which days it is closed. */
export async function listHolidays(
  ctx: AppContext,
  _viewer: Viewer,
  input: PageInput & { from?: CalendarDay | undefined; to?: CalendarDay | undefined },
) {
  const sort = input.sort ?? 'day'
  const descending = sort.startsWith('-')
  const keys = [{ column: holidays.day, type: 'date' }] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select()
    .from(holidays)
    .where(
      and(
        input.from === undefined ? undefined : gte(holidays.day, input.from),
        input.to === undefined ? undefined : lte(holidays.day, input.to),
        input.q ? sql`strpos(translate(lower(${holidays.name}), 'áéíóúüñ', 'aeiouun'), ${searchKey(input.q)}) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => row,
    (row) => encodeCursor(sort, [row.day]),
  )
}

/** Adds a holiday. Refuses `not-allowed`, `holiday-taken`. */
export async function addHoliday(ctx: AppContext, viewer: Viewer, input: { day: CalendarDay; name: string }) {
  requireSettings(viewer)
  return refuseDuplicates({ holidays_pkey: { code: 'holiday-taken', field: 'day' } }, () =>
    ctx.db.transaction(async (tx) => {
      await tx.insert(holidays).values(input)
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'holiday',
        entityId: input.day,
        changes: { name: input.name },
      })
      return input
    }),
  )
}

/** Removes a holiday. Refuses `not-allowed`, `not-found`. */
export async function removeHoliday(ctx: AppContext, viewer: Viewer, day: CalendarDay): Promise<void> {
  requireSettings(viewer)
  await ctx.db.transaction(async (tx) => {
    const [removed] = await tx.delete(holidays).where(eq(holidays.day, day)).returning()
    if (!removed) throw new Refusal('not-found')
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'holiday',
      entityId: day,
      changes: { name: removed.name },
    })
  })
}

/** The public holidays of a country and year, a day once, longer ones day by day. Null for a country without data. */
export function publicHolidays(
  country: string,
  year: number,
  language: 'es' | 'en',
): { day: CalendarDay; name: string }[] | null {
  const calendar = new Holidays()
  if (!(country in calendar.getCountries())) return null
  calendar.init(country, { types: ['public'], languages: [language, 'es', 'en'] })
  const names = new Map<CalendarDay, string[]>()
  for (const found of calendar.getHolidays(year, language)) {
    if (found.type !== 'public') continue
    const length = Math.max(1, Math.round((found.end.getTime() - found.start.getTime()) / 86_400_000))
    for (let offset = 0; offset < Math.min(length, 31); offset += 1) {
      const day = addDays(found.date.slice(0, 10), offset)
      const same = names.get(day) ?? []
      if (!same.includes(found.name)) names.set(day, [...same, found.name])
    }
  }
  return [...names].map(([day, list]) => ({ day, name: list.join(' · ').slice(0, 200) })).sort((a, b) => (a.day < b.day ? -1 : 1))
}

/**
 * Adds the public holidays of a country and year, named in the company's language. Days that are in the list stay as they are, so
 * that a second time changes nothing. Refuses `not-allowed`, `country-unknown`.
 */
export async function loadHolidays(ctx: AppContext, viewer: Viewer, input: { country: string; year: number }) {
  requireSettings(viewer)
  const { locale } = await findCompany(ctx.db)
  const found = publicHolidays(input.country, input.year, locale.startsWith('en') ? 'en' : 'es')
  if (found === null || found.length === 0) throw new Refusal('country-unknown', { field: 'country' })
  return ctx.db.transaction(async (tx) => {
    const added = await tx.insert(holidays).values(found).onConflictDoNothing().returning({ day: holidays.day })
    if (added.length > 0)
      await recordAudit(tx, ctx, viewer, {
        action: 'import',
        entity: 'holiday',
        entityId: `${input.country}-${input.year}`,
        changes: { country: input.country, year: input.year, added: added.length },
      })
    return { added: added.length, kept: found.length - added.length }
  })
}
