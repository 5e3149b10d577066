import { Refusal, type RefusedField } from '@cartera/domain/refusal'

/** Refuses a bulk request whole: a single error with its own code, several together (`items-refused`), each at its field. */
export function refuseItems(errors: readonly RefusedField[]): void {
  const [first] = errors
  if (!first) return
  if (errors.length === 1)
    throw new Refusal(first.code, { field: first.field, ...(first.params === undefined ? {} : { params: first.params }) })
  throw new Refusal('items-refused', { errors, params: { count: errors.length } })
}
