import { computed, reactive } from 'vue'
import { language } from '../i18n.ts'

/** What decides how days, times and money read. The session fills it in from the company; before sign-in the browser's zone holds. */
export interface FormatContext {
  language: 'es' | 'en'
  /** The company's locale, for example es-EC: it counts where it speaks the reader's language. */
  companyLocale: string
  timeZone: string
  currency: string
  /** The company's day as the server said it, and when it said so: the clock of this computer only moves it on. */
  today: { day: string; asOf: number } | null
}

export type Format = ReturnType<typeof createFormat>

const dayMs = 86_400_000

/** The day as UTC midnight: a calendar day has no zone, so it is formatted in the same zone in which it was built. */
function dayAsUtc(day: string): Date {
  return new Date(`${day.slice(0, 10)}T00:00:00Z`)
}

function dayIn(timeZone: string, instant: number | Date): string {
  // The Swedish order is year-month-day.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(instant)
}

/** How many days lie from one calendar day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((dayAsUtc(to).getTime() - dayAsUtc(from).getTime()) / dayMs)
}

/** The calendar day `days` after the given one. */
export function addDays(day: string, days: number): string {
  return new Date(dayAsUtc(day).getTime() + days * dayMs).toISOString().slice(0, 10)
}

/** The reader's locale: the company's where it speaks the reader's language, else the language alone. */
export function localeOf(context: Pick<FormatContext, 'language' | 'companyLocale'>): string {
  return context.companyLocale.toLowerCase().startsWith(context.language) ? context.companyLocale : context.language
}

/** All that turns data into text. Every function answers an em dash for nothing, so that a table needs no cases. */
export function createFormat(context: FormatContext, now: () => number = Date.now) {
  const locale = localeOf(context)
  const nothing = '—'
  const cache = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()
  // Building a formatter costs more than using it a thousand times, and a table uses it a thousand times.
  function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = JSON.stringify(options)
    const kept = cache.get(key)
    if (kept instanceof Intl.DateTimeFormat) return kept
    const made = new Intl.DateTimeFormat(locale, options)
    cache.set(key, made)
    return made
  }
  function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options)
    const kept = cache.get(key)
    if (kept instanceof Intl.NumberFormat) return kept
    const made = new Intl.NumberFormat(locale, options)
    cache.set(key, made)
    return made
  }
  // The shops and offices of Latin America write 14:30, whatever CLDR thinks of some of their countries.
  const clock: Intl.DateTimeFormatOptions = {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: context.timeZone,
    ...(context.language === 'es' ? { hourCycle: 'h23' } : {}),
  }
  const relativeFormat = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

  /** The company's today. */
  function today(): string {
    const here = dayIn(context.timeZone, now())
    if (!context.today) return here
    return addDays(context.today.day, daysBetween(dayIn(context.timeZone, context.today.asOf), here))
  }

  return {
    locale,
    today,
    /** A calendar day: 1 mar 2026. No zone ever moves it. */
    day(day: string | null | undefined): string {
      return day ? dates({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(dayAsUtc(day)) : nothing
    },
    /** A calendar day with its weekday: domingo, 1 de marzo de 2026. */
    dayLong(day: string | null | undefined): string {
      return day ? dates({ dateStyle: 'full', timeZone: 'UTC' }).format(dayAsUtc(day)) : nothing
    },
    /** A calendar day seen from the company's today: hoy, mañana, hace 12 días. */
    dayRelative(day: string | null | undefined): string {
      if (!day) return nothing
      const days = daysBetween(today(), day)
      if (Math.abs(days) < 60) return relativeFormat.format(days, 'day')
      return Math.abs(days) < 730
        ? relativeFormat.format(Math.round(days / 30.4), 'month')
        : relativeFormat.format(Math.round(days / 365.25), 'year')
    },
    /** An instant on the company's clock: 1 mar 2026, 09:30. */
    instant(instant: string | null | undefined): string {
      if (!instant) return nothing
      return dates({ day: 'numeric', month: 'short', year: 'numeric', ...clock }).format(new Date(instant))
    },
    /** Only the time of an instant on the company's clock: 09:30. */
    time(instant: string | null | undefined): string {
      return instant ? dates(clock).format(new Date(instant)) : nothing
    },
    /** An instant seen from now: hace 5 minutos, en 3 horas. */
    relative(instant: string | null | undefined): string {
      if (!instant) return nothing
      const seconds = (new Date(instant).getTime() - now()) / 1000
      const size = Math.abs(seconds)
      if (size < 45) return relativeFormat.format(0, 'second')
      if (size < 2700) return relativeFormat.format(Math.round(seconds / 60), 'minute')
      if (size < 79_200) return relativeFormat.format(Math.round(seconds / 3600), 'hour')
      if (size < 2_592_000) return relativeFormat.format(Math.round(seconds / 86_400), 'day')
      if (size < 31_536_000) return relativeFormat.format(Math.round(seconds / 2_629_800), 'month')
      return relativeFormat.format(Math.round(seconds / 31_557_600), 'year')
    },
    /** The calendar day on which an instant falls for the company. */
    dayOf(instant: string): string {
      return dayIn(context.timeZone, new Date(instant))
    },
    /**
     * Money from its decimal string, exactly (no float in between). The company's own currency by its symbol, any other by
     * its code, because half of Latin America writes its own with a dollar sign.
     */
    money(amount: string | null | undefined, currency: string = context.currency): string {
      if (amount === null || amount === undefined || amount === '') return nothing
      const options = {
        style: 'currency',
        currency,
        currencyDisplay: currency === context.currency ? 'narrowSymbol' : 'code',
      } as const
      // Some locales would drop the cents of currencies that use few (COP, CLP): what is owed is never rounded away.
      const fraction = amount.split('.')[1] ?? ''
      let decimals = fraction.length
      while (fraction[decimals - 1] === '0') decimals -= 1
      const usual = numbers(options).resolvedOptions().maximumFractionDigits ?? 2
      // Cents are written in pairs: 12,80 and not 12,8.
      const digits = Math.max(decimals, 2)
      const exact =
        decimals > usual
          ? numbers({ ...options, minimumFractionDigits: digits, maximumFractionDigits: digits })
          : numbers(options)
      return exact.format(amount as Intl.StringNumericLiteral)
    },
    number(value: number | string | null | undefined, options: Intl.NumberFormatOptions = {}): string {
      if (value === null || value === undefined || value === '') return nothing
      return numbers(options).format(value as Intl.StringNumericLiteral)
    },
    /** A decimal as it is typed into a field: 1250,50, with nothing between thousands. */
    typed(decimal: string | null | undefined): string {
      const sign =
        numbers({})
          .formatToParts(1.5)
          .find((part) => part.type === 'decimal')?.value ?? '.'
      return (decimal ?? '').replace('.', sign)
    },
    percent(share: number | null | undefined): string {
      return share === null || share === undefined
        ? nothing
        : numbers({ style: 'percent', maximumFractionDigits: 1 }).format(share)
    },
  }
}

const company = reactive<Omit<FormatContext, 'language'>>({
  companyLocale: 'es',
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  currency: 'USD',
  today: null,
})

/** The session says what the company's zone, currency and day are. */
export function setFormatCompany(next: Omit<FormatContext, 'language'>): void {
  Object.assign(company, next)
}

const current = computed(() => createFormat({ ...company, language: language.value }))

/** The format functions in the reader's language; a computed, so that a language switch rewrites every figure. */
export function useFormat() {
  return current
}
