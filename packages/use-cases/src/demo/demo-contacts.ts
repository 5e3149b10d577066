import type { contactConsents, contacts } from '@cartera/db/schema/customers'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { type ConsentChannel, standingConsents } from '@cartera/domain/contacts/consent'
import { v7 } from 'uuid'

type Person = typeof contacts.$inferInsert
type Fact = typeof contactConsents.$inferInsert & { id: string }

const profilesOf: Record<string, string[]> = {
  Contabilidad: ['Pagos'],
  Compras: ['Compras', 'Recibe pedidos'],
  Gerencia: ['Decide compras', 'Representante legal'],
}
const notes = [
  'Atiende por la tarde. Prefiere que le escriban antes de llamar.',
  'Aprueba los pagos los martes y jueves.',
  'En vacaciones la reemplaza el área de compras.',
]
const allowed: readonly (readonly ConsentChannel[])[] = [['emailing', 'whatsapp'], ['emailing'], ['emailing', 'sms', 'call']]

/**
 * The people of one customer as they are kept: the first is the main one, most have a profile, some told what may be sent to them and one of them changed
 * their mind. By place and not by chance, so that the rest of the demo stays as it is.
 */
export function demoPeople(
  people: readonly Person[],
  place: number,
  recordedBy: string | null,
  today: CalendarDay,
): { people: (Person & { id: string })[]; facts: Fact[] } {
  const facts: Fact[] = []
  const kept = people.map((person, index) => {
    const turn = place + index
    const id = v7()
    const fact = (
      channel: ConsentChannel,
      state: Fact['state'],
      daysAgo: number,
      source: Fact['source'],
      detail: string | null,
    ) => facts.push({ id: v7(), contactId: id, channel, state, source, detail, saidOn: addDays(today, -daysAgo), recordedBy })
    if (turn % 3 === 0) {
      for (const channel of allowed[turn % allowed.length] ?? [])
        fact(channel, 'granted', 90 + turn, 'form', `Formulario ${1000 + turn}`)
      if (turn % 2 === 0) fact('call', 'refused', 12 + (turn % 20), 'call', 'Pidió que no se le llame para ofrecer productos')
    }
    const standing = [...standingConsents(facts.filter((each) => each.contactId === id)).values()]
    const having = (state: Fact['state']) => standing.flatMap((each) => (each.state === state ? [each.channel] : [])).sort()
    return {
      ...person,
      id,
      isMain: index === 0,
      profiles: turn % 5 === 4 ? [] : (profilesOf[person.department ?? ''] ?? []),
      about: turn % 7 === 0 ? (notes[turn % notes.length] ?? null) : null,
      consentGranted: having('granted'),
      consentRefused: having('refused'),
    }
  })
  return { people: kept, facts }
}
