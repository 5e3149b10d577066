import { fileCategories, fileKinds } from '@cartera/domain/files/file-kind'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, flag, id, idParams, instant, optionalText, page, pageQuery, reference, text, version } from './shapes.ts'

const tag = 'Files'
const category = z.enum(fileCategories)
const kind = z.enum(fileKinds)
const revision = z.int().min(1).max(1000)
const size = z.int().min(0).max(1_000_000_000)
const person = z.strictObject({ name: z.string().max(300), address: z.string().max(320) })

export const customerFile = z.strictObject({
  id,
  customer: reference.extend({ code: z.string().max(40) }),
  owner: reference,
  /** Where the owner stands now: the file moves with its owner. */
  branch: reference,
  department: reference.nullable(),
  name: z.string().max(200),
  description: z.string().max(2000).nullable(),
  category,
  kind,
  size,
  /** A picture of it was drawn, and can be shown. */
  hasPreview: flag,
  /** Of an e-mail, as its sender wrote it. */
  mail: z.strictObject({ subject: z.string().max(1000), from: person, sentAt: instant.nullable() }).nullable(),
  /** Which version of the file this is, from 1 on. */
  revision,
  /** A newer version took its place: it is no longer listed. */
  superseded: flag,
  version,
  createdAt: instant,
})
const filters = { category: category.optional(), kind: kind.optional(), ownerId: id.optional() }
const sorts = ['-createdAt', 'createdAt', 'name', '-name', 'size', '-size'] as const

export const fileEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/files',
    summary: 'The files of a customer within the caller’s scope, the newest first unless told',
    tag,
    params: idParams,
    query: pageQuery([...sorts]).extend(filters),
    response: page(customerFile),
  }),
  all: defineEndpoint({
    method: 'GET',
    url: '/api/v1/files',
    summary:
      'The files of all customers within the caller’s scope, the newest first unless told; `q` looks at names, descriptions, and subjects and senders of e-mails',
    tag,
    query: pageQuery([...sorts]).extend({
      ...filters,
      customerId: id.optional(),
      from: day.optional().meta({ description: 'First day on which it was added, in the time zone of the company' }),
      to: day.optional().meta({ description: 'Last day on which it was added, in the time zone of the company' }),
    }),
    response: page(customerFile),
  }),
  upload: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/files',
    summary:
      'Keep a file: multipart/form-data with one part `file`. Checked by content and ending; programs are refused. E-mails (.eml, .msg) are opened',
    tag,
    params: idParams,
    response: customerFile,
    status: 201,
  }),
  deleted: defineEndpoint({
    method: 'GET',
    url: '/api/v1/deleted-files',
    summary: 'The deleted files, the last deleted first; level 1 only',
    tag,
    query: pageQuery(['-deletedAt']).omit({ q: true }).extend({ customerId: id.optional() }),
    response: page(
      z.strictObject({
        id,
        customer: reference.extend({ code: z.string().max(40) }),
        name: z.string().max(200),
        size,
        kind,
        owner: reference,
        deletedAt: instant,
        deletedBy: reference.nullable(),
      }),
    ),
  }),
  settings: defineEndpoint({
    method: 'GET',
    url: '/api/v1/file-settings',
    summary: 'The most bytes that one file may have',
    tag,
    response: z.strictObject({ mostBytes: size }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/files/:id',
    summary: 'A file within the caller’s scope',
    tag,
    params: idParams,
    response: customerFile,
  }),
  versions: defineEndpoint({
    method: 'GET',
    url: '/api/v1/files/:id/versions',
    summary: 'All versions of a file, the newest first; each is read and downloaded as a file of its own',
    tag,
    params: idParams,
    response: z.strictObject({ items: z.array(customerFile.extend({ addedBy: reference.nullable() })).max(1000) }),
  }),
  addVersion: defineEndpoint({
    method: 'POST',
    url: '/api/v1/files/:id/versions',
    summary:
      'Keep a new version of a file: multipart/form-data with one part `file`. The one that stood is kept; name, category and description go over to the new one',
    tag,
    params: idParams,
    response: customerFile,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/files/:id',
    summary: 'Change a file’s name (its ending stays), description and category; what is left out stays',
    tag,
    params: idParams,
    body: z.strictObject({
      name: text(200).optional(),
      description: optionalText(2000).optional(),
      category: category.optional(),
      version,
    }),
    response: customerFile,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/files/:id',
    summary: 'Delete a file; level 1 can restore it',
    tag,
    params: idParams,
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/deleted-files/:id/restorations',
    summary: 'Bring a deleted file back; level 1 only',
    tag,
    params: idParams,
    response: customerFile,
    status: 201,
  }),
  content: defineEndpoint({
    method: 'GET',
    url: '/api/v1/files/:id/content',
    summary: 'The file as it came, as an attachment',
    tag,
    params: idParams,
  }),
  preview: defineEndpoint({
    method: 'GET',
    url: '/api/v1/files/:id/preview',
    summary: 'A picture file drawn anew, no larger than a screen (WebP)',
    tag,
    params: idParams,
  }),
  mail: defineEndpoint({
    method: 'GET',
    url: '/api/v1/files/:id/mail',
    summary: 'What stands in a file that is an e-mail; its HTML is made safe and asks for nothing from outside',
    tag,
    params: idParams,
    response: z.strictObject({
      from: person,
      recipients: z.array(person.extend({ as: z.enum(['to', 'cc', 'bcc']) })).max(200),
      subject: z.string().max(1000),
      sentAt: instant.nullable(),
      html: z.string().max(5_000_000).nullable(),
      text: z.string().max(300_000),
      /** Pictures elsewhere that its sender wanted to show, and that are not asked for. */
      blockedImages: z.int().min(0).max(1_000_000),
      attachments: z.array(z.strictObject({ index: z.int().min(0).max(99), name: z.string().max(300), size })).max(100),
    }),
  }),
  attachment: defineEndpoint({
    method: 'GET',
    url: '/api/v1/files/:id/mail-attachments/:index',
    summary: 'One attachment of an e-mail, as an attachment',
    tag,
    params: idParams.extend({
      index: z
        .string()
        .max(2)
        .regex(/^\d{1,2}$/)
        .transform(Number),
    }),
  }),
}
