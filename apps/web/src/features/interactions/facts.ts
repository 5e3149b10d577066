import { localTimeOf } from '@cartera/domain/calendar-day'
import type { Entity } from '../../ui/EntitySelect.vue'
import type { CustomerForm, InteractionDetail } from './queries.ts'

/** The facts of an interaction as they stand in a form. */
export interface Facts {
  topicId: string
  happenedOn: string | null
  happenedTime: string
  contact: Entity | null
  contactName: string
  contactPhone: string
  contactEmail: string
  salesContact: string
  salesperson: Entity | null
  reference: string
  products: Entity[]
  owner: Entity | null
  followUpOn: string | null
}

/** Day and time that the company's clock shows. */
export function clockOf(instant: Date, timeZone: string): { happenedOn: string; happenedTime: string } {
  const { day, minutes } = localTimeOf(instant, timeZone)
  const two = (n: number) => String(n).padStart(2, '0')
  return { happenedOn: day, happenedTime: `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}` }
}

export function newFacts(me: Entity | null, clock: Pick<Facts, 'happenedOn' | 'happenedTime'>): Facts {
  return {
    topicId: '',
    ...clock,
    contact: null,
    contactName: '',
    contactPhone: '',
    contactEmail: '',
    salesContact: '',
    salesperson: null,
    reference: '',
    products: [],
    owner: me,
    followUpOn: null,
  }
}

export function factsOf(interaction: InteractionDetail, timeZone: string): Facts {
  return {
    topicId: interaction.topic.id,
    ...clockOf(new Date(interaction.happenedAt), timeZone),
    contact: interaction.contact,
    contactName: interaction.contactName ?? '',
    contactPhone: interaction.contactPhone ?? '',
    contactEmail: interaction.contactEmail ?? '',
    salesContact: interaction.salesContact ?? '',
    salesperson: interaction.salesperson,
    reference: interaction.reference ?? '',
    products: interaction.products.map(({ id, name, code }) => ({ id, name, detail: code })),
    owner: interaction.owner,
    followUpOn: interaction.followUpOn,
  }
}

/** What is filled in of a customer, for this record alone. */
export function filledOf(customer: CustomerForm): Partial<Facts> {
  return {
    contact: null,
    contactName: customer.contactName?.slice(0, 200) ?? '',
    contactPhone: customer.contactPhone ?? '',
    contactEmail: customer.contactEmail ?? '',
    salesperson: customer.salesperson,
  }
}

/** The body that the API takes. */
export function factsBody(facts: Facts) {
  const { contact, salesperson, owner, products, happenedOn, ...same } = facts
  return {
    ...same,
    ...(happenedOn === null ? {} : { happenedOn }),
    contactId: contact?.id ?? null,
    salespersonId: salesperson?.id ?? null,
    productIds: products.map((each) => each.id),
    ...(owner ? { ownerId: owner.id } : {}),
  }
}
