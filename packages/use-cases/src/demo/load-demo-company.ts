import type { Transaction } from '@cartera/db/connect'
import { contactConsents, contacts, customerCodes, customers, customFields, notes } from '@cartera/db/schema/customers'
import { digestRecipients } from '@cartera/db/schema/finance'
import {
  followUpActivities,
  followUpObservations,
  followUpProgress,
  followUpReceivables,
  followUpSituations,
  followUps,
  followUpTypes,
  postponements,
} from '@cartera/db/schema/follow-ups'
import { accessProfiles, branches, company, departments, mailAccounts, users } from '@cartera/db/schema/organisation'
import { documents, payments, receivableMovements, receivables } from '@cartera/db/schema/receivables'
import type { Permission } from '@cartera/domain/access/permissions'
import { permissions } from '@cartera/domain/access/permissions'
import { addDays, dayOfInstant } from '@cartera/domain/calendar-day'
import { normalTaxId, type TaxIdType, taxIdRefusal } from '@cartera/domain/customers/tax-id'
import { minorDigits } from '@cartera/domain/money'
import { type ContactPolicy, readyContactPolicies } from '@cartera/domain/notices/contact-policy'
import { searchKey } from '@cartera/domain/text'
import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { companyCalendar, findCompany } from '../company/company-settings.ts'
import { hashPassword } from '../session/passwords.ts'
import { setUpInstallation, setUpNeeded } from '../set-up/set-up-installation.ts'
import { fillAgreements } from './demo-agreements.ts'
import { fillCases } from './demo-cases.ts'
import { demoPeople } from './demo-contacts.ts'
import { demoCustomFields, demoCustomValues } from './demo-custom-fields.ts'
import { fillFiles } from './demo-files.ts'
import { fillHandovers } from './demo-handovers.ts'
import { fillImages } from './demo-images.ts'
import { fillInteractions } from './demo-interactions.ts'
import { fillNoticeHistory } from './demo-notice-history.ts'
import { fillNoticeSettings } from './demo-notice-settings.ts'
import { fillOpportunities } from './demo-opportunities.ts'
import { fillPortal } from './demo-portal.ts'
import { fillPrices } from './demo-prices.ts'
import { fillQuotes } from './demo-quotes.ts'
import { fillInterestsAndRenewals } from './demo-renewals.ts'
import { type Chance, chanceFrom } from './random.ts'
import {
  countries,
  familyNames,
  followUpRemarks,
  followUpSubjects,
  givenNames,
  noteTexts,
  positions,
  streets,
  trades,
  tradeWords,
} from './words.ts'
import { type WorkingHours, workingHours } from './working-hours.ts'

/** Someone who signs in to the demo company; the first one is its administrator. */
export interface DemoPerson {
  name: string
  email: string
  level: 1 | 2 | 3 | 4
  role: 'administrator' | 'manager' | 'supervisor' | 'agent' | 'finance'
}

export interface LoadedDemo {
  customers: number
  receivables: number
  notes: number
  followUps: number
}

const customerCount = 160

/** Good B2B practice with longer hours, so that the demo's own day is mostly open. */
const contactPolicy: ContactPolicy = {
  ...readyContactPolicies.b2b,
  hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '06:00', until: '22:00' })),
}
const chunk = 500

const profiles: Record<DemoPerson['role'], { name: string; level: 1 | 2 | 3 | 4; permissions: Permission[] }> = {
  administrator: { name: 'Administrador', level: 1, permissions: [...permissions] },
  manager: {
    name: 'Gerente de sucursal',
    level: 2,
    permissions: [
      'manage-customers',
      'change-agents',
      'manage-receivables',
      'manage-notice-settings',
      'see-notices',
      'delete-interactions',
      'delete-cases',
      'delete-quotes',
      'delete-opportunities',
      'export',
    ],
  },
  supervisor: {
    name: 'Supervisor de cobranza',
    level: 3,
    permissions: ['manage-customers', 'manage-notice-settings', 'see-notices', 'export'],
  },
  agent: { name: 'Agente', level: 4, permissions: ['manage-customers'] },
  finance: {
    name: 'Finanzas',
    level: 1,
    permissions: [
      'manage-receivables',
      'manage-notice-rules',
      'manage-notice-settings',
      'see-notices',
      'review-notices',
      'import',
      'export',
    ],
  },
}

/**
 * Fills an installation that was never set up with a demo company, the same everywhere but for its dates, which lie around today:
 * three branches, every level, 160 customers in six countries and five currencies, a portfolio of every age. Null when the
 * installation is not empty. The people can sign in with `password`; without a demo inbox no mail account is made.
 */
export async function loadDemoCompany(
  ctx: AppContext,
  people: readonly DemoPerson[],
  password: string,
): Promise<LoadedDemo | null> {
  const [administrator, ...others] = people
  if (!administrator) throw new Error('the demo company needs an administrator')
  if (!(await setUpNeeded(ctx))) return null
  await setUpInstallation(ctx, {
    company: { name: 'Distribuidora Andina', timeZone: 'America/Bogota', currency: 'COP', language: 'es' },
    administrator: { name: administrator.name, email: administrator.email, password },
  })
  const passwordHash = await hashPassword(password)
  const loaded = await ctx.db.transaction((tx) => fill(tx, ctx, others, passwordHash))
  const finance = others.find((person) => person.role === 'finance')
  const [reviewer] = finance ? await ctx.db.select({ id: users.id }).from(users).where(eq(users.email, finance.email)) : []
  if (reviewer && demoSmtp(ctx) !== null) await fillNoticeHistory(ctx, reviewer.id)
  return loaded
}

/** The demo inbox may listen elsewhere than last time: points the demo company's mail accounts to where it is now. */
export async function pointMailAccountsToDemoInbox(ctx: AppContext): Promise<void> {
  const place = demoSmtp(ctx)
  if (place) await ctx.db.update(mailAccounts).set({ port: place.port }).where(eq(mailAccounts.host, place.host))
}

function demoSmtp(ctx: AppContext): { host: string; port: number } | null {
  if (ctx.settings.demoSmtpUrl === null) return null
  const url = new URL(ctx.settings.demoSmtpUrl)
  return { host: url.hostname, port: Number(url.port) }
}

async function fill(tx: Transaction, ctx: AppContext, people: readonly DemoPerson[], passwordHash: string): Promise<LoadedDemo> {
  const chance = chanceFrom(20_261_121)
  const today = dayOfInstant(ctx.now(), 'America/Bogota')
  await tx.update(company).set({
    taxId: '900.731.204-2',
    country: 'CO',
    locale: 'es-CO',
    noticeActive: true,
    creditToleranceDays: 60,
    reviewOverdue: true,
    contactPolicy: { ...contactPolicy },
  })
  const { timeZone, opensAt, closesAt } = await findCompany(tx)
  const hours = workingHours({ now: ctx.now(), timeZone, opensAt, closesAt, calendar: await companyCalendar(tx) })

  const [main] = await tx.update(branches).set({ name: 'Bogotá' }).returning()
  const [administration] = await tx.update(departments).set({ name: 'Administración' }).returning()
  const [north, mexico] = await tx
    .insert(branches)
    .values([
      { code: '02', name: 'Medellín' },
      { code: '03', name: 'Ciudad de México' },
    ])
    .returning()
  const [collections, sales, service] = await tx
    .insert(departments)
    .values([
      { code: 'COB', name: 'Cobranza' },
      { code: 'VEN', name: 'Ventas' },
      { code: 'SER', name: 'Servicio al cliente' },
    ])
    .returning()
  if (!main || !administration || !north || !mexico || !collections || !sales || !service)
    throw new Error('the catalogues were not written')

  const profileIds = new Map<DemoPerson['role'], string>()
  for (const role of ['manager', 'supervisor', 'agent', 'finance'] as const) {
    const [profile] = await tx.insert(accessProfiles).values(profiles[role]).returning({ id: accessProfiles.id })
    if (profile) profileIds.set(role, profile.id)
  }
  const places = {
    manager: sales,
    supervisor: collections,
    agent: collections,
    finance: administration,
    administrator: administration,
  }
  const staff: { name: string; email: string; role: DemoPerson['role']; branchId: string; departmentId: string | null }[] = [
    ...people.map((person) => ({ ...person, branchId: main.id, departmentId: places[person.role].id })),
    { name: 'Lucía Ferrer', email: 'lucia@demo.cartera.test', role: 'agent', branchId: main.id, departmentId: collections.id },
    { name: 'Mateo Arias', email: 'mateo@demo.cartera.test', role: 'agent', branchId: main.id, departmentId: sales.id },
    { name: 'Rosa Quintana', email: 'rosa@demo.cartera.test', role: 'agent', branchId: north.id, departmentId: collections.id },
    { name: 'Iván Beltrán', email: 'ivan@demo.cartera.test', role: 'supervisor', branchId: north.id, departmentId: sales.id },
    {
      name: 'Paula Soto',
      email: 'paula@demo.cartera.test',
      role: 'manager',
      branchId: north.id,
      departmentId: administration.id,
    },
    {
      name: 'Nicolás Peña',
      email: 'nicolas@demo.cartera.test',
      role: 'agent',
      branchId: mexico.id,
      departmentId: collections.id,
    },
    { name: 'Jimena Robles', email: 'jimena@demo.cartera.test', role: 'manager', branchId: mexico.id, departmentId: sales.id },
    { name: 'Tomás Lira', email: 'tomas@demo.cartera.test', role: 'agent', branchId: mexico.id, departmentId: service.id },
    // Someone who has left, with customers still in their name.
    { name: 'Gabriel Reyes', email: 'gabriel@demo.cartera.test', role: 'agent', branchId: main.id, departmentId: sales.id },
    // Someone new who has no department yet: cannot record notes.
    { name: 'Sara Núñez', email: 'sara@demo.cartera.test', role: 'agent', branchId: main.id, departmentId: null },
  ]
  const made = await tx
    .insert(users)
    .values(staff.map(({ role, ...person }) => ({ ...person, passwordHash, profileId: profileIds.get(role) ?? '' })))
    .returning()
  const [administratorRow] = await tx.select().from(users).where(eq(users.name, 'Ana Torres'))
  const userOf = (name: string) => {
    const user = made.find((each) => each.name === name)
    if (!user) throw new Error(`nobody is called ${name}`)
    return user
  }
  const collectors = ['Diego Mora', 'Lucía Ferrer', 'Rosa Quintana', 'Nicolás Peña'].map(userOf)
  const sellers = ['Mateo Arias', 'Bruno Vega', 'Iván Beltrán', 'Jimena Robles'].map(userOf)
  const writers = [...collectors, ...sellers, userOf('Carla Ruiz'), userOf('Tomás Lira'), userOf('Elena Paz')]

  await tx
    .insert(digestRecipients)
    .values(made.filter((user) => user.profileId === profileIds.get('finance')).map((user) => ({ userId: user.id })))
  const smtp = demoSmtp(ctx)
  if (smtp) {
    const withAccounts = [
      ...collectors,
      userOf('Carla Ruiz'),
      userOf('Elena Paz'),
      ...(administratorRow ? [administratorRow] : []),
    ]
    await tx.insert(mailAccounts).values(
      withAccounts.map((user) => ({
        userId: user.id,
        address: user.email,
        displayName: `${user.name} · Distribuidora Andina`,
        host: smtp.host,
        port: smtp.port,
        security: 'none' as const,
        state: 'verified' as const,
        verifiedAt: ctx.now(),
      })),
    )
  }

  const cast = makeCustomers(chance, { branches: [main.id, north.id, mexico.id], collectors, sellers })
  await tx.insert(customFields).values([...demoCustomFields])
  const ownValues = cast.map((each, index) => ({ ...each.row, custom: demoCustomValues(index, today) }))
  await inChunks(ownValues, (part) => tx.insert(customers).values(part))
  await tx.execute(sql`select setval(${customerCodes.seqName}, ${customerCount})`)
  const known = cast.map((each, place) => demoPeople(each.contacts, place, each.row.preferredAgentId ?? null, today))
  await inChunks(
    known.flatMap((each) => each.people),
    (part) => tx.insert(contacts).values(part),
  )
  await inChunks(
    known.flatMap((each) => each.facts),
    (part) => tx.insert(contactConsents).values(part),
  )

  const portfolio = cast.flatMap((each) => makePortfolio(chance, each, today, hours))
  await inChunks(portfolio, (part) => tx.insert(documents).values(part.map((each) => each.document)))
  const owed = portfolio.flatMap((each) => each.receivables)
  await inChunks(owed, (part) => tx.insert(receivables).values(part))
  const paid = portfolio.flatMap((each) => each.payments)
  await inChunks(paid, (part) => tx.insert(payments).values(part.map((each) => each.payment)))
  const charges = owed.map((each) => ({
    receivableId: each.id,
    customerId: each.customerId,
    onDay: each.issuedOn,
    kind: 'charge' as const,
    currency: each.currency,
    amountMinor: each.amountMinor,
  }))
  await inChunks([...charges, ...paid.map((each) => each.movement)], (part) => tx.insert(receivableMovements).values(part))

  const written = makeNotes(chance, cast, writers, ctx.now(), hours)
  await inChunks(written, (part) => tx.insert(notes).values(part))
  const followed = await fillFollowUps(tx, chance, cast, collectors, owed, hours)
  await fillNoticeSettings(tx, {
    customers: cast.map(({ row }) => ({
      id: row.id,
      customerType: row.customerType ?? null,
      collectionsAgentId: row.collectionsAgentId ?? null,
    })),
    receivables: owed,
    today,
    now: ctx.now(),
    hours,
  })
  await fillAgreements(tx, ctx, {
    owed: owed.map((each) => ({ ...each, balanceMinor: each.balanceMinor ?? 0n })),
    paidOn: new Map(paid.map((each) => [each.movement.receivableId, each.movement.onDay])),
    agentOf: new Map(cast.flatMap(({ row }) => (row.collectionsAgentId ? [[row.id, row.collectionsAgentId] as const] : []))),
    fallbackAgentId: collectors[0]?.id ?? writers[0]?.id ?? '',
    today,
  })
  await fillInteractions(tx, {
    customers: cast.map(({ row }) => ({
      id: row.id,
      contactPerson: row.contactPerson ?? null,
      phone: row.phone ?? null,
      email: row.email ?? null,
      preferredAgentId: row.preferredAgentId ?? null,
      collectionsAgentId: row.collectionsAgentId ?? null,
    })),
    staff: made.filter((user) => user.name !== 'Gabriel Reyes'),
    now: ctx.now(),
    hours,
  })
  await fillPortal(tx, ctx, hours, collectors[0]?.id ?? writers[0]?.id ?? '')
  await fillPrices(tx)
  await fillInterestsAndRenewals(tx, ctx, today)
  await fillOpportunities(tx, ctx, today)
  await fillCases(tx, ctx, today)
  await fillQuotes(tx, ctx, today)
  await fillHandovers(tx, ctx, {
    authorId: administratorRow?.id ?? userOf('Elena Paz').id,
    leftId: userOf('Gabriel Reyes').id,
    sellerId: userOf('Mateo Arias').id,
    coverId: userOf('Iván Beltrán').id,
    today,
  })
  await fillImages(
    tx,
    cast
      .filter((each, index) => each.row.kind === 'company' && (index < 12 || index % 9 === 0 || index === 153))
      .map((each) => each.row),
    ctx.now(),
  )
  await fillFiles(tx, ctx, {
    holders: [cast[0], cast[11], cast[153]].flatMap((each) =>
      each?.row.collectionsAgentId ? [{ id: each.row.id, name: each.row.name, ownerId: each.row.collectionsAgentId }] : [],
    ),
    today,
    hours,
  })
  return { customers: cast.length, receivables: owed.length, notes: written.length, followUps: followed }
}

async function inChunks<T>(rows: readonly T[], write: (part: T[]) => PromiseLike<unknown>): Promise<void> {
  for (let at = 0; at < rows.length; at += chunk) await write(rows.slice(at, at + chunk))
}

type CustomerRow = typeof customers.$inferInsert & { id: string }
interface DemoCustomer {
  row: CustomerRow
  contacts: (typeof contacts.$inferInsert)[]
  country: (typeof countries)[number]
  /** How they pay: 0 on time, 1 late, 2 hardly. */
  habit: 0 | 1 | 2
}

function makeCustomers(
  chance: Chance,
  house: {
    branches: readonly [string, string, string]
    collectors: readonly { id: string }[]
    sellers: readonly { id: string }[]
  },
): DemoCustomer[] {
  const weighted = countries.flatMap((country) => Array.from({ length: country.weight }, () => country))
  const [bogota, medellin, mexico] = house.branches
  const namesTaken = new Set<string>()
  return Array.from({ length: customerCount }, (_, index) => {
    const country = chance.pick(weighted)
    const isPerson = chance.happens(0.15)
    const [trade, activity] = chance.pick(trades)
    const personName = () => `${chance.pick(givenNames)} ${chance.pick(familyNames)} ${chance.pick(familyNames)}`
    let name = ''
    do
      name = isPerson
        ? personName()
        : `${trade} ${chance.happens(0.5) ? chance.pick(tradeWords) : chance.pick(familyNames)} ${country.firm}`
    while (namesTaken.has(name))
    namesTaken.add(name)
    const domain = `${searchKey(name)
      .replace(/[^a-z0-9 ]/g, '')
      .split(' ')
      .slice(0, 3)
      .join('')}.example`
    const id = v7()
    const branchIndex = country.country === 'MX' ? 2 : chance.happens(0.3) ? 1 : 0
    const collector =
      branchIndex === 2
        ? house.collectors[3]
        : branchIndex === 1
          ? house.collectors[2]
          : chance.pick(house.collectors.slice(0, 2))
    const seller =
      branchIndex === 2 ? house.sellers[3] : branchIndex === 1 ? house.sellers[2] : chance.pick(house.sellers.slice(0, 2))
    const [city, state] = chance.pick<readonly [string, string]>(country.cities)
    const habit = chance.pick([0, 0, 0, 0, 1, 1, 1, 2] as const)
    const phone = `${country.dial} ${chance.whole(2, 7)}${chance.whole(10, 99)} ${chance.whole(100, 999)} ${chance.whole(1000, 9999)}`
    const limit = country.highest * chance.whole(3, 12)
    const row: CustomerRow = {
      id,
      code: `C-${String(index + 1).padStart(6, '0')}`,
      externalId: `ERP-${10_000 + index}`,
      kind: isPerson ? 'person' : 'company',
      name,
      tradeName: isPerson ? null : name.replace(` ${country.firm}`, ''),
      ...makeTaxId(chance, country.country, isPerson),
      contactPerson: personName(),
      // A few have no address yet: their notices are held, and finance sees why.
      email: chance.happens(0.05) ? null : `pagos@${domain}`,
      phone,
      mobile: chance.happens(0.6)
        ? `${country.dial} 3${chance.whole(10, 99)} ${chance.whole(100, 999)} ${chance.whole(1000, 9999)}`
        : null,
      website: isPerson ? null : `https://www.${domain}`,
      address: `${chance.pick(streets)} ${chance.whole(1, 120)} # ${chance.whole(1, 90)}-${chance.whole(10, 99)}`,
      city,
      state,
      country: country.country,
      customerType: chance.pick(['Mayorista', 'Minorista', 'Institucional']),
      priority: chance.pick(['normal', 'normal', 'normal', 'high', 'low'] as const),
      economicActivity: activity,
      status: chance.happens(0.93) ? 'active' : chance.pick(['inactive', 'restricted', 'suspended'] as const),
      branchId: [bogota, medellin, mexico][branchIndex] ?? bogota,
      preferredAgentId: seller?.id ?? null,
      // A few without: the administrator's account sends for them.
      collectionsAgentId: chance.happens(0.06) ? null : (collector?.id ?? null),
      creditTerms: chance.happens(0.95) ? 'credit' : 'cash',
      creditDays: chance.pick([15, 30, 30, 30, 45, 60]),
      creditLimitMinor: BigInt(limit) * 10n ** BigInt(minorDigits(country.currency)),
      creditCurrency: country.currency,
      ledgerAccount: '130505',
      ...(habit === 2 && chance.happens(0.25) ? { creditHoldReason: 'Incumplió dos acuerdos de pago' } : {}),
    }
    const people = Array.from({ length: chance.whole(0, 3) }, () => {
      const contactName = `${chance.pick(givenNames)} ${chance.pick(familyNames)}`
      return {
        customerId: id,
        name: contactName,
        position: chance.pick(positions),
        department: chance.pick(['Contabilidad', 'Compras', 'Gerencia']),
        email: `${searchKey(contactName).replace(/[^a-z]+/g, '.')}@${domain}`,
        phone,
        receivesNotices: chance.happens(0.4),
      }
    })
    return { row, contacts: people, country, habit }
  })
}

/** A tax id that its country would accept: the check digit is the one that the rule takes. */
function makeTaxId(chance: Chance, country: string, isPerson: boolean): { taxIdType: TaxIdType; taxId: string } | null {
  const digits = (count: number) => Array.from({ length: count }, () => chance.whole(0, 9)).join('')
  const letters = (count: number) => Array.from({ length: count }, () => chance.pick([...'ABCDEFGHJKLMNPRSTUV'])).join('')
  const bodies: Record<string, [TaxIdType, string, string]> = {
    CO: ['nit', `${isPerson ? '79' : '90'}${digits(7)}-`, ''],
    CL: ['rut', `${isPerson ? '1' : '7'}${digits(7)}-`, ''],
    PE: ['ruc', `${isPerson ? '10' : '20'}${digits(8)}`, ''],
    EC: ['ruc', `179${digits(6)}`, '001'],
    MX: [
      'rfc',
      `${letters(isPerson ? 4 : 3)}${chance.whole(70, 99)}0${chance.whole(1, 9)}1${chance.whole(0, 9)}${letters(2)}`,
      '',
    ],
    PA: ['ruc', `155${digits(6)}-2-20${chance.whole(10, 24)}`, ''],
  }
  const [taxIdType, body, end] = bodies[country] ?? []
  if (taxIdType === undefined || body === undefined) return null
  for (const check of country === 'PA' ? [''] : [...'0123456789K']) {
    const taxId = `${body}${check}${end}`
    if (taxIdRefusal(taxIdType, country, taxId) === null) return { taxIdType, taxId: normalTaxId(taxIdType, country, taxId) }
  }
  return null
}

interface DemoDocument {
  document: typeof documents.$inferInsert & { id: string }
  receivables: (typeof receivables.$inferInsert & { id: string })[]
  payments: { payment: typeof payments.$inferInsert; movement: typeof receivableMovements.$inferInsert }[]
}

function makePortfolio(chance: Chance, customer: DemoCustomer, today: string, hours: WorkingHours): DemoDocument[] {
  const { row, country, habit } = customer
  const unit = 10n ** BigInt(minorDigits(country.currency))
  const terms = row.creditDays ?? 30
  return Array.from({ length: chance.whole(2, 13) }, () => {
    const number = `FE-${chance.whole(1, 9)}${String(chance.whole(0, 999_999)).padStart(6, '0')}`
    const issuedOn = addDays(today, -chance.whole(1, 210))
    const instalments = chance.happens(0.12) ? 3 : 1
    const documentId = v7()
    const each =
      BigInt(chance.whole(country.lowest, country.highest)) * unit +
      (minorDigits(country.currency) === 2 && country.currency !== 'COP' ? BigInt(chance.whole(0, 99)) : 0n)
    const items = Array.from({ length: instalments }, (_, instalment): DemoDocument['receivables'][number] => ({
      id: v7(),
      documentId,
      customerId: row.id,
      externalId: instalments === 1 ? `${row.externalId}/${number}` : `${row.externalId}/${number}/${instalment + 1}`,
      instalment: instalment + 1,
      issuedOn,
      dueOn: addDays(issuedOn, terms + 30 * instalment),
      currency: country.currency,
      amountMinor: each,
      balanceMinor: each,
    }))
    const settled: DemoDocument['payments'] = []
    for (const item of items) {
      const lateness = habit === 0 ? chance.whole(-6, 4) : habit === 1 ? chance.whole(5, 45) : chance.whole(40, 260)
      const paidOn = addDays(item.dueOn, lateness)
      const partly = chance.happens(0.08)
      if (paidOn > today && !(partly && issuedOn < addDays(today, -20))) {
        if (item.dueOn < today && chance.happens(0.05))
          Object.assign(item, {
            disputedAt: hours.near(new Date(`${today}T12:00:00Z`)),
            disputeReason: 'Reclama diferencia de precio',
          })
        continue
      }
      const amountMinor = partly ? (item.amountMinor * 2n) / 5n : item.amountMinor
      const paymentId = v7()
      // Nobody pays before the invoice, nor tomorrow: part payments of what is not due yet came two days ago.
      let day = paidOn > today ? addDays(today, -2) : paidOn
      if (day < issuedOn) day = issuedOn
      item.balanceMinor = item.amountMinor - amountMinor
      settled.push({
        payment: {
          id: paymentId,
          customerId: row.id,
          externalId: `PG-${item.externalId}`,
          paidOn: day,
          currency: country.currency,
          amountMinor,
          unappliedMinor: 0n,
          statedApplications: [{ id: item.id, amount: amountMinor.toString() }],
          reference: chance.pick(['Transferencia', 'Consignación', 'Cheque']),
        },
        movement: {
          receivableId: item.id,
          customerId: row.id,
          onDay: day,
          kind: 'payment',
          currency: country.currency,
          amountMinor: -amountMinor,
          paymentId,
        },
      })
    }
    return {
      document: {
        id: documentId,
        customerId: row.id,
        type: 'invoice' as const,
        number: `${number}`,
        issuedOn,
        currency: country.currency,
        totalMinor: each * BigInt(instalments),
      },
      receivables: items,
      payments: settled,
    }
  })
}

function makeNotes(
  chance: Chance,
  cast: readonly DemoCustomer[],
  writers: readonly { id: string }[],
  now: Date,
  hours: WorkingHours,
) {
  return cast.flatMap(({ row }) =>
    Array.from({ length: chance.whole(0, 7) }, () => {
      const { body, location, treatment } = chance.pick(noteTexts)
      const createdAt = hours.near(new Date(now.getTime() - chance.whole(1, 150 * 24 * 60) * 60_000))
      const author = chance.happens(0.6) ? row.collectionsAgentId : null
      return {
        customerId: row.id,
        authorId: author ?? chance.pick(writers).id,
        body,
        location: location ?? null,
        treatment: treatment ?? null,
        createdAt,
      }
    }),
  )
}

/** Business days from today on which follow-ups are due: most of them about now. */
const activeDays = [-4, -3, -2, -1, -1, 0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 7]
const endedDays = [-12, -9, -7, -6, -5, -4, -3, -2, -2, -1, -1]

async function fillFollowUps(
  tx: Transaction,
  chance: Chance,
  cast: readonly DemoCustomer[],
  collectors: readonly { id: string }[],
  owed: readonly (typeof receivables.$inferInsert & { id: string })[],
  hours: WorkingHours,
): Promise<number> {
  const types = await tx.select({ id: followUpTypes.id }).from(followUpTypes)
  const situations = await tx.select({ id: followUpSituations.id }).from(followUpSituations).orderBy(followUpSituations.name)
  const activities = await tx.select({ id: followUpActivities.id }).from(followUpActivities).orderBy(followUpActivities.name)
  const activeOf = new Map<string, number>()
  const rows = cast
    .filter(() => chance.happens(0.75))
    .map(({ row }, index) => {
      const state = chance.pick(['active', 'active', 'active', 'closed', 'discarded'] as const)
      const offset = chance.pick(state === 'active' ? activeDays : endedDays)
      const part = chance.next()
      const dueAt = hours.at(hours.day(offset), part, 15)
      const ended =
        state === 'active'
          ? {}
          : {
              endedAt: hours.at(hours.day(offset), Math.min(1, part + chance.next() / 10)),
              endReason: state === 'closed' ? 'Pagó el total' : 'El cliente cerró',
            }
      const ownerId = row.collectionsAgentId ?? chance.pick(collectors).id
      const nth = state === 'active' ? (activeOf.get(ownerId) ?? 0) : 1
      if (state === 'active') activeOf.set(ownerId, nth + 1)
      // Of every agent some that they put off again and again, as a manager wants to see them.
      const times = nth % 6 === 0 ? 3 + (index % 2) : chance.happens(0.3) ? 1 : 0
      // Two days each, the last one yesterday at the latest: what was put off had come up before.
      const puttings = Array.from({ length: times }, (_, n) => Math.min(offset, 1) - 1 - 2 * n)
      const opened = Math.min(offset, 0, ...puttings) - chance.whole(1, 6)
      return {
        id: v7(),
        customerId: row.id,
        typeId: chance.pick(types).id,
        ownerId,
        subject: chance.pick(followUpSubjects),
        situationId: index % 5 < 3 ? (situations[index % situations.length]?.id ?? null) : null,
        priority: chance.pick(['normal', 'normal', 'high', 'low'] as const),
        channel: chance.pick(['call', 'call', 'email', 'visit', 'message'] as const),
        state,
        dueAt,
        // In the morning, so that what was noted some hours later was noted at work too.
        createdAt: hours.at(hours.day(opened), chance.next() * 0.6),
        createdBy: row.collectionsAgentId ?? null,
        ...ended,
        puttings: puttings.map((day) => hours.at(hours.day(day), part, 15)),
      }
    })
  await inChunks(rows, (part) => tx.insert(followUps).values(part.map(({ puttings: _, ...row }) => row)))
  const links = rows.flatMap((row) => {
    const open = owed.find((each) => each.customerId === row.customerId && (each.balanceMinor ?? 0n) > 0n)
    return open ? [{ followUpId: row.id, receivableId: open.id }] : []
  })
  await inChunks(links, (part) => tx.insert(followUpReceivables).values(part))
  const postponed = rows.flatMap(({ puttings, ...row }) =>
    puttings.map((fromDueAt, n) => {
      const toDueAt = puttings[n - 1] ?? row.dueAt
      return {
        followUpId: row.id,
        hours: Math.round((toDueAt.getTime() - fromDueAt.getTime()) / 3_600_000),
        fromDueAt,
        toDueAt,
        reason: chance.pick(['No contestó', 'Pidió que lo llamaran después', 'El gerente está de viaje', null]),
        postponedBy: row.ownerId,
        postponedAt: hours.near(fromDueAt),
      }
    }),
  )
  await inChunks(postponed, (part) => tx.insert(postponements).values(part))
  const after = (row: (typeof rows)[number], hours: number) => new Date(row.createdAt.getTime() + hours * 3_600_000)
  const observed = rows.flatMap((row, index) =>
    index % 3 === 0
      ? [
          {
            followUpId: row.id,
            body: followUpRemarks[index % followUpRemarks.length] ?? '',
            observedAt: after(row, 2),
            authorId: row.ownerId,
          },
        ]
      : [],
  )
  await inChunks(observed, (part) => tx.insert(followUpObservations).values(part))
  const done = rows.flatMap((row, index) => {
    const activity = index % 4 === 0 ? activities[index % activities.length] : undefined
    return activity ? [{ followUpId: row.id, activityId: activity.id, doneAt: after(row, 3), doneBy: row.ownerId }] : []
  })
  await inChunks(done, (part) => tx.insert(followUpProgress).values(part))
  return rows.length
}
