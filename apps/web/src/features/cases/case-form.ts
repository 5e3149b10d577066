import { localTimeOf } from '@cartera/domain/calendar-day'
import type { Entity } from '../../ui/EntitySelect.vue'
import type { CaseDetail } from './queries.ts'

// A select has no empty value.
export const noType = 'none'

export interface CaseValues {
  contact: Entity | null
  owner: Entity | null
  typeId: string
  subject: string
  description: string
  priority: 'low' | 'normal' | 'high'
  channel: 'call' | 'email' | 'visit' | 'message' | 'other'
  dueOn: string | null
  dueTime: string
}

export const newValues = (owner: Entity | null): CaseValues => ({
  contact: null,
  owner,
  typeId: noType,
  subject: '',
  description: '',
  priority: 'normal',
  channel: 'call',
  dueOn: null,
  dueTime: '',
})

export function valuesOf(one: CaseDetail, timeZone: string): CaseValues {
  const { day, minutes } = localTimeOf(new Date(one.dueAt), timeZone)
  const two = (n: number) => String(n).padStart(2, '0')
  return {
    contact: one.contact,
    owner: one.owner,
    typeId: one.type?.id ?? noType,
    subject: one.subject,
    description: one.description ?? '',
    priority: one.priority,
    channel: one.channel,
    dueOn: day,
    dueTime: `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`,
  }
}

/** What the API is told; without a due time it gives the company's. */
export function bodyOf({ contact, owner, typeId, dueOn, dueTime, ...same }: CaseValues) {
  return {
    ...same,
    contactId: contact?.id ?? null,
    typeId: typeId === noType ? null : typeId,
    ...(owner ? { ownerId: owner.id } : {}),
    ...(dueOn ? { dueOn, dueTime } : {}),
  }
}

/** What is missing, by field; the day and the hour go together. */
export function missingOf(values: CaseValues, missing: string): Record<string, string> {
  return {
    ...(values.subject.trim() ? {} : { subject: missing }),
    ...(values.dueOn && !values.dueTime ? { dueTime: missing } : {}),
    ...(values.dueTime && !values.dueOn ? { dueOn: missing } : {}),
  }
}
