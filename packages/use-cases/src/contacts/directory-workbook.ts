import type { Readable } from 'node:stream'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { consentChannels } from '@cartera/domain/contacts/consent'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { type WorkbookCell, workbookStream } from '../exports/write-workbook.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import { type DirectoryFilters, everyContact } from './contact-directory.ts'

const words = {
  es: {
    file: 'contactos',
    contacts: 'Contactos',
    columns: ['Nombre', 'Cargo', 'Área', 'Perfiles', 'Correo', 'Teléfono', 'Celular', 'Código', 'Cliente'],
    flags: ['Principal', 'Recibe avisos', 'Portal'],
    channels: {
      mailing: 'Correo postal',
      emailing: 'Correo masivo',
      sms: 'SMS',
      whatsapp: 'WhatsApp',
      call: 'Llamadas',
    },
    about: 'Notas',
    yes: 'Sí',
    no: 'No',
    granted: 'Acepta',
    refused: 'No acepta',
    unknown: 'No se sabe',
  },
  en: {
    file: 'contacts',
    contacts: 'Contacts',
    columns: ['Name', 'Position', 'Area', 'Profiles', 'E-mail', 'Phone', 'Mobile', 'Code', 'Customer'],
    flags: ['Main', 'Receives notices', 'Portal'],
    channels: { mailing: 'Post', emailing: 'Mass e-mail', sms: 'SMS', whatsapp: 'WhatsApp', call: 'Calls' },
    about: 'Notes',
    yes: 'Yes',
    no: 'No',
    granted: 'Accepts',
    refused: 'Does not accept',
    unknown: 'Not known',
  },
}
type Words = (typeof words)['es']

/** Tells in the audit log that contacts left, and in which language. Refuses `not-allowed` without the permission to export. */
export async function recordContactExport(
  ctx: AppContext,
  viewer: Viewer,
  form: 'workbook' | 'vcards',
  filters: DirectoryFilters,
) {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const { timeZone, country } = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), timeZone)
  await recordAudit(ctx.db, ctx, viewer, {
    action: 'export',
    entity: 'contact',
    entityId: today,
    changes: { form, filter: filters },
  })
  return { timeZone, country, today, say: words[await languageOf(ctx, viewer)] }
}

/**
 * The directory under the filters as Excel, in the viewer's reach. Streamed: memory stays flat however many there are. Audited. Refuses `not-allowed`
 * without the permission to export.
 */
export async function directoryWorkbook(
  ctx: AppContext,
  viewer: Viewer,
  filters: DirectoryFilters,
): Promise<{ fileName: string; stream: Readable }> {
  const { timeZone, today, say } = await recordContactExport(ctx, viewer, 'workbook', filters)
  const widths = [30, 24, 20, 28, 32, 20, 20, 12, 36]
  const stream = workbookStream(
    [
      {
        name: say.contacts,
        columns: [
          ...say.columns.map((header, index) => ({ header, type: 'text' as const, width: widths[index] ?? 20 })),
          ...[...say.flags, ...consentChannels.map((channel) => say.channels[channel])].map((header) => ({
            header,
            type: 'text' as const,
            width: 14,
          })),
          { header: say.about, type: 'text' as const, width: 48 },
        ],
        rows: rowsOf(ctx, viewer, filters, say),
      },
    ],
    { timeZone },
  )
  return { fileName: `${say.file}-${today}.xlsx`, stream }
}

async function* rowsOf(ctx: AppContext, viewer: Viewer, filters: DirectoryFilters, say: Words): AsyncGenerator<WorkbookCell[]> {
  const flag = (value: boolean) => (value ? say.yes : say.no)
  for await (const { contact, customer } of everyContact(ctx, viewer, filters))
    yield [
      contact.name,
      contact.position,
      contact.department,
      contact.profiles.join(', ') || null,
      contact.email,
      contact.phone,
      contact.mobile,
      customer.code,
      customer.name,
      flag(contact.isMain),
      flag(contact.receivesNotices),
      flag(contact.portalAccess),
      ...consentChannels.map((channel) =>
        contact.consentGranted.includes(channel)
          ? say.granted
          : contact.consentRefused.includes(channel)
            ? say.refused
            : say.unknown,
      ),
      contact.about,
    ]
}
