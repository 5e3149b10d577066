import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { currency, day, flag, id, optionalText, page, pageQuery, text, version } from './shapes.ts'

const tag = 'Company'
const time = z
  .string()
  .length(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: 'Time of day, HH:MM', example: '08:00' })
const country = z
  .string()
  .length(2)
  .regex(/^[A-Z]{2}$/)
  .meta({ description: 'ISO 3166-1 alpha-2', example: 'EC' })
const locale = z
  .string()
  .max(5)
  .regex(/^(es|en)(-[A-Z]{2})?$/)
  .meta({ description: 'Spanish or English, perhaps of a country', example: 'es-EC' })
const weekdays = z
  .array(z.int().min(1).max(7))
  .min(1)
  .max(7)
  .meta({ description: 'ISO weekdays, 1 Monday to 7 Sunday', example: [1, 2, 3, 4, 5] })
const followUpDefaultHours = z.int().min(1).max(8760)
const renewalLeadDays = z.int().min(0).max(365)
const creditToleranceDays = z.int().min(0).max(3650).nullable()
const catchUpDays = z.int().min(0).max(30)

export const companySettings = z.strictObject({
  name: z.string().max(200),
  taxId: z.string().max(50).nullable(),
  country: country.nullable(),
  timeZone: z.string().max(60),
  currency,
  locale: z.string().max(20),
  businessWeekdays: weekdays,
  opensAt: time,
  closesAt: time,
  /** Whose mail account stands in for customers without a collections agent, and whether it could send now. */
  administrator: z
    .strictObject({ id, name: z.string().max(200), mailAccount: z.enum(['missing', 'unverified', 'verified', 'paused']) })
    .nullable(),
  followUpDefaultHours,
  renewalLeadDays,
  postponeInBusinessHours: flag,
  creditToleranceDays,
  catchUpDays,
  reviewOverdue: flag,
  /** As mails carry it, small: a PNG as a data address. */
  logo: z
    .strictObject({
      source: z.string().max(1_000_000),
      width: z.int().min(1).max(1000),
      height: z.int().min(1).max(1000),
    })
    .nullable(),
  version,
})

export const holiday = z.strictObject({ day, name: z.string().max(200) })

export const companyEndpoints = {
  find: defineEndpoint({
    method: 'GET',
    url: '/api/v1/company',
    summary: 'The settings of the company',
    tag,
    response: companySettings,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/company',
    summary: 'Change the settings of the company',
    tag,
    body: z.strictObject({
      name: text(200).optional(),
      taxId: optionalText(50).optional(),
      country: country.nullable().optional(),
      timeZone: text(60).optional(),
      currency: currency.optional(),
      locale: locale.optional(),
      businessWeekdays: weekdays.optional(),
      opensAt: time.optional(),
      closesAt: time.optional(),
      administratorId: id.nullable().optional(),
      followUpDefaultHours: followUpDefaultHours.optional(),
      renewalLeadDays: renewalLeadDays.optional(),
      postponeInBusinessHours: flag.optional(),
      creditToleranceDays: creditToleranceDays.optional(),
      catchUpDays: catchUpDays.optional(),
      reviewOverdue: flag.optional(),
      version,
    }),
    response: companySettings,
  }),
  changeLogo: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/company/logo',
    summary: 'Set the logo (multipart/form-data, field `file`; PNG, JPEG or WebP, at most 5 MiB); it is made small for mails',
    tag,
    bodyLimit: 6 * 1_048_576,
    response: companySettings,
  }),
  removeLogo: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/company/logo',
    summary: 'Remove the logo: mails show the name of the company',
    tag,
  }),
}

const holidayTag = 'Holidays'
export const holidayEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/holidays',
    summary: 'The holidays of the company: days on which no notice leaves',
    tag: holidayTag,
    query: pageQuery(['day', '-day']).extend({ from: day.optional(), to: day.optional() }),
    response: page(holiday),
  }),
  add: defineEndpoint({
    method: 'POST',
    url: '/api/v1/holidays',
    summary: 'Add a holiday',
    tag: holidayTag,
    body: z.strictObject({ day, name: text(200) }),
    response: holiday,
    status: 201,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/holidays/:day',
    summary: 'Remove a holiday',
    tag: holidayTag,
    params: z.strictObject({ day }),
  }),
  load: defineEndpoint({
    method: 'POST',
    url: '/api/v1/holidays/imports',
    summary: 'Add the public holidays of a country and year; those that are there stay as they are',
    tag: holidayTag,
    body: z.strictObject({ country, year: z.int().min(1970).max(2100) }),
    response: z.strictObject({
      added: z.int().min(0).max(400).meta({ description: 'Days that were not in the list' }),
      kept: z.int().min(0).max(400).meta({ description: 'Days that were in the list already' }),
    }),
    status: 201,
  }),
}
