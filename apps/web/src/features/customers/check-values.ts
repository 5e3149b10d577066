import { writtenAmount } from '../../ui/written-amount.ts'
import { checkCustom } from './custom-values.ts'
import type { CustomerValues } from './customer-values.ts'
import type { CustomField } from './queries.ts'

/** What is wrong before anything is sent: sentences by field. Everything else the API says at the field. */
export function checkValues(
  values: CustomerValues,
  isNew: boolean,
  fields: readonly CustomField[],
  t: (key: string) => string,
): Partial<Record<string, string>> {
  return {
    ...(values.name.trim() === '' ? { name: t('ui.field.required') } : {}),
    ...(!isNew && values.code.trim() === '' ? { code: t('ui.field.required') } : {}),
    ...(/^\d*$/.test(values.creditDays.trim()) ? {} : { creditDays: t('customers.wholeNumber') }),
    ...(values.creditLimit.trim() !== '' && !/^\d{1,15}(\.\d{1,4})?$/.test(writtenAmount(values.creditLimit))
      ? { creditLimit: t('customers.amountForm') }
      : {}),
    ...(values.website.trim() !== '' && !/^https?:\/\/\S+$/i.test(values.website.trim())
      ? { website: t('customers.websiteForm') }
      : {}),
    ...checkCustom(values, fields, t),
  }
}
