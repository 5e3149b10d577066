import { mailAddressFlags } from '@cartera/db/schema/customers'
import { opportunityLossReasons, opportunityStages } from '@cartera/db/schema/opportunities'
import {
  aCase,
  aCompany,
  aCustomer,
  aFollowUp,
  aFollowUpDocument,
  aMailAccount,
  aNote,
  aProduct,
  aUser,
} from '@cartera/db/testing/builders'
import { beforeAll, expect, test } from 'vitest'
import { registered } from './route.ts'
import { auditedIn, withoutAudit } from './testing/audited-writes.ts'
import { testApi } from './testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
let me: Awaited<ReturnType<typeof api.signedIn>>
let customerId = ''

interface Written {
  id: string
  version: number
}

/** Makes a write that must succeed; what it answers, where it answers something. */
async function write(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, by = me): Promise<Written> {
  const answer = await api.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: by.headers,
    ...(body === undefined ? {} : { payload: body }),
  })
  expect([method, path, answer.statusCode < 300 ? 'done' : answer.payload]).toEqual([method, path, 'done'])
  return answer.payload === '' ? { id: '', version: 0 } : answer.json<Written>()
}

beforeAll(async () => {
  api.ctx.at('2026-03-11T15:00:00Z')
  await aCompany(db(), { currency: 'USD' })
  me = await api.signedIn()
  customerId = (await aCustomer(db(), { name: 'Almacén Norte', email: 'x@almacen.test' })).id
})

test('every write of the API is held to its audit line by one test, or has a reason to leave none', () => {
  const writes = registered.flatMap(({ method, url }) => (method === 'GET' ? [] : [`${method} ${url.replace('/api/v1', '')}`]))
  const held = [...Object.keys(withoutAudit), ...Object.values(auditedIn).flat()]
  expect([...new Set(writes)].filter((each) => !held.includes(each))).toEqual([])
  expect(held.filter((each, at) => !writes.includes(each) || held.indexOf(each) !== at)).toEqual([])
})

test('opportunities', async () => {
  const [, other] = await db()
    .insert(opportunityStages)
    .values([
      { name: 'Prospecto', position: 1, probability: 10 },
      { name: 'Propuesta', position: 2, probability: 50 },
    ])
    .returning()
  const [lossReason] = await db().insert(opportunityLossReasons).values({ name: 'Precio' }).returning()
  const { id } = await write('POST', '/opportunities', { customerId, name: 'Obra', expectedOn: '2026-04-01', amount: '100.00' })
  let { version } = await write('PATCH', `/opportunities/${id}`, { name: 'Obra norte', version: 1 })
  version = (await write('POST', `/opportunities/${id}/moves`, { stageId: other?.id, version })).version
  version = (await write('POST', `/opportunities/${id}/wins`, { version })).version
  version = (await write('POST', `/opportunities/${id}/reopenings`, { version })).version
  await write('POST', `/opportunities/${id}/losses`, { lossReasonId: lossReason?.id, version })
  await write('DELETE', `/opportunities/${id}`)
  await write('POST', `/opportunities/${id}/restorations`)
})

test('cases', async () => {
  const { id } = await write('POST', '/cases', { customerId, subject: 'Falta un bulto' })
  await write('POST', `/cases/${id}/comments`, { body: 'Lo buscamos' })
  let { version } = await write('PATCH', `/cases/${id}`, { priority: 'high', version: 1 })
  version = (await write('POST', `/cases/${id}/resolutions`, { resolution: 'Llegó', version })).version
  await write('POST', `/cases/${id}/reopenings`, { reason: 'Faltaba otro', version })
  await write('DELETE', `/cases/${id}`)
  await write('POST', `/deleted-cases/${id}/restorations`)
  const theirs = await aCase(db(), { customerId })
  await write('POST', `/cases/${theirs.id}/takeovers`, { version: 1 })
})

test('quotes', async () => {
  await aMailAccount(db(), { userId: me.user.id })
  const lines = [{ description: 'Cemento', quantity: '1', unitPrice: '10.00' }]
  const draft = (subject: string) => write('POST', '/quotes', { customerId, subject, lines })
  const handed = async (subject: string) => {
    const { id } = await draft(subject)
    return write('POST', `/quotes/${id}/deliveries`, { version: 1 })
  }
  const accepted = await handed('Una')
  const { version } = await write('POST', `/quotes/${accepted.id}/acceptances`, { version: accepted.version })
  await write('POST', `/quotes/${accepted.id}/reopenings`, { version })
  const rejected = await handed('Otra')
  const rejection = await write('POST', `/quotes/${rejected.id}/rejections`, { reason: 'Cara', version: rejected.version })
  await write('POST', `/quotes/${rejected.id}/revisions`, { version: rejection.version })
  const withdrawn = await handed('Tercera')
  await write('POST', `/quotes/${withdrawn.id}/withdrawals`, { reason: 'Error', version: withdrawn.version })
  const mailed = await draft('Por correo')
  await write('PATCH', `/quotes/${mailed.id}`, { subject: 'Por mail', version: 1 })
  await write('POST', `/quotes/${mailed.id}/mails`, { toAddress: 'ana@almacen.test', version: 2 })
  await api.database.pool.query("update customer_mails set state = 'failed'")
  const { rows } = await api.database.pool.query<{ id: string }>('select id from customer_mails')
  await write('POST', `/quotes/${mailed.id}/mail-retries`, { mailId: rows[0]?.id })
  const gone = await draft('Fuera')
  await write('DELETE', `/quotes/${gone.id}`)
  await write('POST', `/quotes/${gone.id}/restorations`)
})

test('interests and renewals', async () => {
  const productId = (await aProduct(db())).id
  const interest = await write('POST', '/interests', { customerId, productId })
  await write('PATCH', `/interests/${interest.id}`, { note: 'Por mayor', version: 1 })
  await write('DELETE', `/interests/${interest.id}`)
  await write('POST', `/interests/${interest.id}/restorations`)
  const { id } = await write('POST', '/renewals', { customerId, productId, everyMonths: 12, nextOn: '2026-04-01' })
  let { version } = await write('PATCH', `/renewals/${id}`, { note: 'Anual', version: 1 })
  version = (await write('POST', `/renewals/${id}/purchases`, { version })).version
  version = (await write('POST', `/renewals/${id}/endings`, { reason: 'Cerró', version })).version
  await write('POST', `/renewals/${id}/reopenings`, { version })
  await write('DELETE', `/renewals/${id}`)
  await write('POST', `/renewals/${id}/restorations`)
})

test('handovers', async () => {
  const [from, to] = [(await aUser(db())).id, (await aUser(db())).id]
  await aCustomer(db(), { preferredAgentId: from })
  const along = { followUps: false, interactions: false, opportunities: false, cases: false, quotes: false }
  const make = (startsOn: string | null) =>
    write('POST', '/handovers', {
      role: 'preferred',
      ...along,
      startsOn,
      moves: [{ fromUserId: from, toUserId: to, customers: 1 }],
    })
  const planned = await make('2026-03-20')
  const { version } = await write('PATCH', `/handovers/${planned.id}`, { startsOn: '2026-03-21', version: planned.version })
  await write('POST', `/handovers/${planned.id}/cancellations`, { version })
  const done = await make(null)
  await write('POST', `/handovers/${done.id}/undos`, { version: done.version })
})

test('duplicates, merges and the trash', async () => {
  const [kept, merged, other] = [await aCustomer(db()), await aCustomer(db()), await aCustomer(db())]
  await write('POST', '/customer-distinctions', { customerIds: [kept.id, other.id] })
  const { rows } = await api.database.pool.query<{ id: string }>('select id from customer_distinctions')
  await write('DELETE', `/customer-distinctions/${rows[0]?.id}`)
  await write('POST', `/customers/${kept.id}/merges`, { mergedId: merged.id, version: 1, mergedVersion: 1 })
  const merges = await api.database.pool.query<{ id: string }>('select id from customer_merges')
  await write('POST', `/customer-merges/${merges.rows[0]?.id}/undos`)
  const note = await aNote(db(), { customerId, deletedAt: api.ctx.now() })
  await write('POST', `/trash/note/${note.id}/restorations`)
})

test('settings, mailboxes and what is one’s own', async () => {
  await write('PATCH', '/me', { name: 'Ana María' })
  await write('PUT', '/balance-sources/erp', { asOf: '2026-03-01T00:00:00Z' })
  await write('DELETE', '/balance-sources/erp')
  const theirs = await aUser(db())
  await aMailAccount(db(), { userId: theirs.id })
  await write('POST', `/mail-accounts/${theirs.id}/pauses`)
  await write('POST', `/mail-accounts/${theirs.id}/resumptions`)
  await write('PUT', '/finance-settings', {
    digestOn: true,
    digestAt: '07:30',
    silentMinutes: 60,
    workerMinutes: 5,
    failedCount: 11,
    recipientIds: [],
    version: 1,
  })
  const account = { bank: 'Banco Azul', holder: 'Andina', kind: 'account', number: '123456', currency: 'USD' }
  const proposal = async () => {
    await write('POST', '/bank-details', { accounts: [account] })
    const { rows } = await api.database.pool.query<{ id: string }>('select id from bank_details order by id desc limit 1')
    return rows[0]?.id
  }
  await write('POST', `/bank-details/${await proposal()}/confirmations`, undefined, await api.signedIn())
  await write('POST', `/bank-details/${await proposal()}/withdrawals`, {})
})

test('papers of follow-ups and addresses that refused mail', async () => {
  const followUp = await aFollowUp(db(), { customerId, ownerId: me.user.id })
  await write('POST', `/follow-ups/${followUp.id}/attachments`, { documentId: (await aFollowUpDocument(db())).id })
  await db().insert(mailAddressFlags).values({ address: 'x@almacen.test', reason: 'bounced', flaggedAt: api.ctx.now() })
  await write('POST', `/customers/${customerId}/address-clearances`, { address: 'x@almacen.test' })
})
