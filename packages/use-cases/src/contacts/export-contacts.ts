import type { Viewer } from '@cartera/domain/access/access-scope'
import { consentChannels } from '@cartera/domain/contacts/consent'
import type { AppContext } from '../app-context.ts'
import type { Language } from '../customers/customer-words.ts'
import type { WorkbookCell, WorkbookColumn } from '../exports/write-workbook.ts'
import { type DirectoryFilters, everyContact } from './contact-directory.ts'

const words = {
  es: {
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

const widths = [30, 24, 20, 28, 32, 20, 20, 12, 36]

/** The columns of the directory as a file. */
export function contactColumns(language: Language): WorkbookColumn[] {
  const say = words[language]
  return [
    ...say.columns.map((header, index) => ({ header, type: 'text' as const, width: widths[index] ?? 20 })),
    ...[...say.flags, ...consentChannels.map((channel) => say.channels[channel])].map((header) => ({
      header,
      type: 'text' as const,
      width: 14,
    })),
    { header: say.about, type: 'text', width: 48 },
  ]
}

/** The directory under the filters, row by row; `viewerNow` is asked before every batch. */
export async function* contactRows(
  ctx: AppContext,
  viewerNow: () => Promise<Viewer>,
  filters: DirectoryFilters,
  language: Language,
): AsyncGenerator<WorkbookCell[]> {
  const say = words[language]
  const flag = (value: boolean) => (value ? say.yes : say.no)
  for await (const { contact, customer } of everyContact(ctx, viewerNow, filters))
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
