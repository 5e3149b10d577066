import {
  customFieldKinds,
  isCustomKey,
  longestCustomText,
  mostChoices,
  mostCustomFields,
} from '@cartera/domain/customers/custom-fields'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, optionalText, text, version } from './shapes.ts'

const tag = 'Custom fields'

export const customKey = z
  .string()
  .max(40)
  .refine(isCustomKey, { error: 'format' })
  .meta({ description: 'Small letters, digits and underscores, a letter first', example: 'segmento' })

/** Values of the company's own fields by their keys; null takes a value away. */
export const customInput = z.record(
  customKey,
  z.union([z.string().max(longestCustomText), z.number().min(-1e12).max(1e12), z.boolean(), z.null()]),
)
export const customValues = z.record(
  z.string().max(40),
  z.union([z.string().max(longestCustomText), z.number().min(-1e12).max(1e12), z.boolean()]),
)

const name = text(80)
const help = optionalText(200)
const label = text(100)

const customField = z.strictObject({
  id,
  key: customKey,
  name: z.string().max(80),
  kind: z.enum(customFieldKinds),
  help: z.string().max(200).nullable(),
  required: flag,
  /** A column of the customer list unless a person chooses otherwise. */
  listed: flag,
  choices: z.array(z.strictObject({ key: customKey, label: z.string().max(100), active: flag })).max(mostChoices),
  active: flag,
  version,
})

export const customFieldEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/custom-fields',
    summary: 'The fields of a customer that the company defines itself, in their order',
    tag,
    response: z.strictObject({ items: z.array(customField).max(mostCustomFields) }),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/custom-fields',
    summary: 'Add a custom field; its key comes from the name unless told. Level 1 only',
    tag,
    body: z.strictObject({
      name,
      key: customKey.optional(),
      kind: z.enum(customFieldKinds),
      help: help.optional(),
      required: flag.optional(),
      listed: flag.optional(),
      choices: z.array(z.strictObject({ label })).max(mostChoices).optional(),
    }),
    response: customField,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/custom-fields/:id',
    summary: 'Change a custom field, or switch it off and on; key and kind stay. `choices` are all that it offers. Level 1 only',
    tag,
    params: idParams,
    body: z.strictObject({
      name: name.optional(),
      help: help.optional(),
      required: flag.optional(),
      listed: flag.optional(),
      active: flag.optional(),
      choices: z
        .array(z.strictObject({ key: customKey.optional(), label, active: flag.optional() }))
        .max(mostChoices)
        .optional(),
      version,
    }),
    response: customField,
  }),
  order: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/custom-fields/order',
    summary: 'The order of the custom fields in forms; names every field once. Level 1 only',
    tag,
    body: z.strictObject({ ids: z.array(id).min(1).max(mostCustomFields) }),
    response: z.strictObject({ items: z.array(customField).max(mostCustomFields) }),
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/custom-fields/:id',
    summary: 'Delete a custom field of which no customer has a value. Level 1 only',
    tag,
    params: idParams,
  }),
}
