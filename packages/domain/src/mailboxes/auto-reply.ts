import type { IncomingMail } from './classify-mail.ts'

/** Headers that only machines write. */
const machineHeaders = ['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply', 'x-mail-autoreply', 'list-id']
const machinePrecedence = ['bulk', 'junk', 'list', 'auto_reply', 'auto-reply']

/** How out-of-office answers begin, without accents. */
const machineSubjects = [
  'auto:',
  'auto reply',
  'auto-reply',
  'autoreply',
  'automatic reply',
  'automated reply',
  'out of office',
  'out of the office',
  'on vacation',
  'respuesta automatica',
  'respuesta de ausencia',
  'contestacion automatica',
  'mensaje automatico',
  'fuera de la oficina',
  'fuera de oficina',
  'fuera de la empresa',
  'ausencia',
  'ausente',
  'estoy de vacaciones',
  'de vacaciones',
  'resposta automatica',
  'ausencia temporaria',
  'reponse automatique',
  'automatische antwort',
  'leido:',
  'read:',
]

/**
 * Whether no person wrote it (RFC 3834, and what is used beside it): by Auto-Submitted and its kin, by Precedence, by how its subject
 * begins. It is neither stored as an answer nor counted as a contact.
 */
export function isAutoReply(mail: Pick<IncomingMail, 'headers' | 'subject'>): boolean {
  for (const { name, value } of mail.headers) {
    const said = value.trim().toLowerCase()
    if (name === 'auto-submitted' && said !== '' && !said.startsWith('no')) return true
    if (machineHeaders.includes(name)) return true
    if (name === 'precedence' && machinePrecedence.includes(said)) return true
  }
  const subject = mail.subject.slice(0, 300).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim()
  return machineSubjects.some((beginning) => subject.startsWith(beginning))
}
