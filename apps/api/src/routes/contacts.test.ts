import { randomUUID } from 'node:crypto'
import { aCompany, aContact, aCustomer, aFollowUp } from '@cartera/db/testing/builders'
import { beforeAll, describe, expect, test } from 'vitest'
import { read, utils } from 'xlsx'
import { exportedList } from '../testing/exported-list.ts'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => {
  await aCompany(api.database.db, { country: 'EC' })
  api.ctx.at('2026-03-11T15:00:00Z')
})

describe('contacts over HTTP', () => {
  test('a contact is added, changed, listed and deleted', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const path = `/api/v1/customers/${customer.id}/contacts`
    const made = await api
      .request()
      .post(path)
      .set(headers)
      .send({ name: 'Rosa Ibáñez', email: 'rosa@cliente.test', position: 'Tesorera', receivesNotices: true })
      .expect(201)
    expect(made.body).toMatchObject({ name: 'Rosa Ibáñez', receivesNotices: true, mobile: null, version: 1 })
    const changed = await api
      .request()
      .patch(`${path}/${made.body.id}`)
      .set(headers)
      .send({ mobile: '099', email: '', version: 1 })
      .expect(200)
    expect(changed.body).toMatchObject({ mobile: '099', email: null, position: 'Tesorera', version: 2 })
    const stale = await api.request().patch(`${path}/${made.body.id}`).set(headers).send({ name: 'x', version: 1 }).expect(409)
    expect(stale.body.code).toBe('changed-meanwhile')
    const listed = await api.request().get(`${path}?q=ibanez`).set(headers).expect(200)
    expect(listed.body.items).toEqual([changed.body])
    await api.request().delete(`${path}/${made.body.id}`).set(headers).expect(204)
    await api.request().delete(`${path}/${made.body.id}`).set(headers).expect(404)
    expect((await api.request().get(path).set(headers).expect(200)).body.items).toEqual([])
  })

  test('a contact is reached through its own customer only', async () => {
    const { headers } = await api.signedIn()
    const contact = await aContact(api.database.db)
    const other = await aCustomer(api.database.db)
    for (const id of [other.id, randomUUID()]) {
      const path = `/api/v1/customers/${id}/contacts/${contact.id}`
      await api.request().patch(path).set(headers).send({ name: 'x', version: 1 }).expect(404)
      await api.request().delete(path).set(headers).expect(404)
    }
  })

  test('without the permission contacts are read and not written; wrong data is refused at its field', async () => {
    const plain = await api.signedIn({ permissions: [] })
    const contact = await aContact(api.database.db)
    const path = `/api/v1/customers/${contact.customerId}/contacts`
    expect((await api.request().get(path).set(plain.headers).expect(200)).body.items).toHaveLength(1)
    await api.request().post(path).set(plain.headers).send({ name: 'x' }).expect(403)
    await api.request().delete(`${path}/${contact.id}`).set(plain.headers).expect(403)
    const { headers } = await api.signedIn()
    const answer = await api.request().post(path).set(headers).send({ email: 'rosa@', receivesNotices: 'yes' }).expect(400)
    expect(answer.body.errors.map((each: { field: string }) => each.field).sort()).toEqual(['email', 'name', 'receivesNotices'])
  })
})

/** A customer, and requests under its contacts as who may write them. */
async function desk() {
  const { headers, user } = await api.signedIn()
  const customer = await aCustomer(api.database.db)
  const path = `/api/v1/customers/${customer.id}/contacts`
  const send = (method: 'get' | 'post' | 'patch' | 'delete', rest: string, body?: object) =>
    api.request()[method](`${path}${rest}`).set(headers).send(body)
  return { customer, path, user, headers, send }
}

describe('a contact whole', () => {
  test('profiles are kept once however they are spelled, and suggested to others', async () => {
    const { send, headers } = await desk()
    const body = { name: 'Eva', profiles: ['Tesorería', ' tesoreria ', 'Compras'], language: 'en', about: 'Solo por la tarde' }
    const made = await send('post', '', body).expect(201)
    expect(made.body).toMatchObject({ profiles: ['Tesorería', 'Compras'], language: 'en', about: 'Solo por la tarde' })
    const answer = await api.request().get('/api/v1/contact-profiles?q=tesoreria').set(headers).expect(200)
    expect(answer.body.items).toEqual([{ value: 'Tesorería', contacts: 1 }])
    await send('post', '', { name: 'Eva', profiles: [''] }).expect(400)
    await send('post', '', { name: 'Eva', profiles: Array(21).fill('x') }).expect(400)
  })

  test('a phone that nobody could dial is refused at its field; one that stood before may stay', async () => {
    const { send, customer } = await desk()
    const refused = await send('post', '', { name: 'Eva', phone: 'llamar al jefe', mobile: '=1+1' }).expect(422)
    expect(refused.body.errors.map((each: { field: string; code: string }) => [each.field, each.code])).toEqual([
      ['phone', 'phone-invalid'],
      ['mobile', 'phone-invalid'],
    ])
    const old = await aContact(api.database.db, { customerId: customer.id, phone: 'portería' })
    await send('patch', `/${old.id}`, { name: 'Eva', phone: 'portería', version: 1 }).expect(200)
    await send('patch', `/${old.id}`, { phone: 'recepción', version: 2 }).expect(422)
  })

  test('a customer has one main contact: the newest takes the mark, and who had it open learns of it', async () => {
    const { send } = await desk()
    const first = (await send('post', '', { name: 'Ana', isMain: true }).expect(201)).body
    const second = (await send('post', '', { name: 'Eva' }).expect(201)).body
    await send('patch', `/${second.id}`, { isMain: true, version: 1 }).expect(200)
    const listed = (await send('get', '').expect(200)).body.items
    expect(listed.map((each: { name: string; isMain: boolean }) => [each.name, each.isMain])).toEqual([
      ['Ana', false],
      ['Eva', true],
    ])
    await send('patch', `/${first.id}`, { position: 'x', version: 1 }).expect(409)
  })

  test('two who make another one the main contact at once: both are answered, and one is', async () => {
    const { send } = await desk()
    const people = []
    for (const name of ['Ana', 'Eva', 'Paz']) people.push((await send('post', '', { name }).expect(201)).body)
    const answers = await Promise.all(people.map((each) => send('patch', `/${each.id}`, { isMain: true, version: 1 })))
    expect(answers.filter((answer) => answer.status === 200).length).toBeGreaterThan(0)
    expect(answers.every((answer) => [200, 409].includes(answer.status))).toBe(true)
    const listed = (await send('get', '').expect(200)).body.items
    expect(listed.filter((each: { isMain: boolean }) => each.isMain)).toHaveLength(1)
  })

  test('an address, a phone or a name that the customer already has is told of, the one being changed left out', async () => {
    const { customer, headers } = await desk()
    const ana = await aContact(api.database.db, {
      customerId: customer.id,
      name: 'Ana Peña',
      email: 'Ana@x.test',
      phone: '099 123 4567',
    })
    const ask = async (query: string) =>
      (await api.request().get(`/api/v1/customers/${customer.id}/contact-duplicates?${query}`).set(headers).expect(200)).body
        .items
    expect(await ask('email=ana%40X.test')).toMatchObject([{ id: ana.id, alike: ['email'] }])
    expect(await ask('mobile=%2B593991234567&name=ana%20pena')).toMatchObject([{ alike: ['phone', 'name'] }])
    expect(await ask(`email=ana%40X.test&except=${ana.id}`)).toEqual([])
    expect(await ask('')).toEqual([])
  })

  test('what was deleted keeps what was done with it and comes back as it was, the mark of the main one if nobody took it', async () => {
    const { send, customer } = await desk()
    const body = { name: 'Ana', email: 'a@x.test', receivesNotices: true, portalAccess: true, isMain: true }
    const ana = (await send('post', '', body).expect(201)).body
    const followUp = await aFollowUp(api.database.db, { customerId: customer.id, contactId: ana.id })
    expect((await send('get', `/${ana.id}`).expect(200)).body.openFollowUps).toBe(1)
    await send('post', `/${ana.id}/restorations`).expect(404)
    await send('delete', `/${ana.id}`).expect(204)
    expect((await send('get', '?deleted=true').expect(200)).body.items).toMatchObject([
      { id: ana.id, deletedAt: expect.any(String) },
    ])
    expect((await send('get', `/${ana.id}`).expect(200)).body).toMatchObject({ name: 'Ana', openFollowUps: 1 })
    await send('patch', `/${ana.id}`, { name: 'x', version: 2 }).expect(404)
    const eva = (await send('post', '', { name: 'Eva', isMain: true }).expect(201)).body
    const back = await send('post', `/${ana.id}/restorations`).expect(200)
    expect(back.body).toMatchObject({ receivesNotices: true, portalAccess: true, isMain: false, deletedAt: null, version: 3 })
    await send('delete', `/${eva.id}`).expect(204)
    await send('post', `/${eva.id}/restorations`).expect(200)
    expect((await send('get', `/${eva.id}`).expect(200)).body.isMain).toBe(true)
    expect(followUp.contactId).toBe(ana.id)
  })
})

describe('consent', () => {
  test('is a history of facts; what was said last stands, also when older news comes later', async () => {
    const { send, user } = await desk()
    const ana = (await send('post', '', { name: 'Ana' }).expect(201)).body
    const say = (body: object) => send('post', `/${ana.id}/consents`, body)
    const first = await say({
      channels: ['sms', 'emailing'],
      state: 'granted',
      source: 'form',
      detail: 'F-12',
      saidOn: '2026-02-01',
    })
    expect(first.status).toBe(201)
    expect(first.body).toMatchObject({ consentGranted: ['emailing', 'sms'], consentRefused: [] })
    await say({ channels: ['sms'], state: 'refused', source: 'call', saidOn: '2026-03-10' }).expect(201)
    const late = await say({ channels: ['sms'], state: 'granted', source: 'email', saidOn: '2026-03-09' }).expect(201)
    expect(late.body).toMatchObject({ consentGranted: ['emailing'], consentRefused: ['sms'], version: 1 })
    const sms = late.body.consents.filter((each: { channel: string }) => each.channel === 'sms')
    expect(sms.map((each: { state: string; standing: boolean }) => [each.state, each.standing])).toEqual([
      ['refused', true],
      ['granted', false],
      ['granted', false],
    ])
    expect(sms[0].recordedBy).toEqual({ id: user.id, name: user.name })
    const forgotten = await say({ channels: ['sms'], state: 'unknown', source: 'call', saidOn: '2026-03-11' }).expect(201)
    expect(forgotten.body.consentRefused).toEqual([])
    expect((await send('get', '').expect(200)).body.items[0].consentGranted).toEqual(['emailing'])
  })

  test('is refused at its field where it cannot be', async () => {
    const { send } = await desk()
    const ana = (await send('post', '', { name: 'Ana' }).expect(201)).body
    const plain = { channels: ['sms'], state: 'granted', source: 'call', saidOn: '2026-03-11' }
    const say = async (over: object) => {
      const { status, body } = await send('post', `/${ana.id}/consents`, { ...plain, ...over })
      return [status, body.errors?.[0]?.field]
    }
    expect(await say({ saidOn: '2026-03-12' })).toEqual([422, 'saidOn'])
    expect(await say({ saidOn: '1926-03-12' })).toEqual([422, 'saidOn'])
    expect(await say({ source: 'other' })).toEqual([422, 'detail'])
    expect(await say({ channels: [] })).toEqual([400, 'channels'])
    expect(await say({ channels: ['fax'] })).toEqual([400, 'channels.0'])
    expect(await say({ detail: 'x'.repeat(301) })).toEqual([400, 'detail'])
    const { headers } = await api.signedIn({ permissions: [] })
    await api.request().post(`/api/v1/customers/${randomUUID()}/contacts/${ana.id}/consents`).set(headers).send(plain).expect(404)
  })
})

describe('the directory of all contacts', () => {
  test('is searched without accents and with a typing error, filtered, and paged without a row twice', async () => {
    const { headers, user } = await api.signedIn()
    const customer = await aCustomer(api.database.db, { name: 'Ferretería Ñandú', preferredAgentId: user.id })
    const of = { customerId: customer.id }
    await aContact(api.database.db, {
      ...of,
      name: 'Zoila Muñoz',
      profiles: ['Bodega'],
      receivesNotices: true,
      consentRefused: ['sms'],
    })
    await aContact(api.database.db, {
      ...of,
      name: 'Zacarías Mena',
      profiles: ['Bodega', 'Pagos'],
      consentGranted: ['sms'],
      email: null,
    })
    await aContact(api.database.db, { ...of, name: 'Zulma Paz', profiles: ['Bodega'], portalAccess: true, isMain: true })
    await aContact(api.database.db, { ...of, name: 'Zz borrada', profiles: ['Bodega'], deletedAt: api.ctx.now() })
    const ask = async (query: string) => (await api.request().get(`/api/v1/contacts?${query}`).set(headers).expect(200)).body
    const names = async (query: string) => (await ask(query)).items.map((each: { name: string }) => each.name)
    expect(await names('profile=Bodega')).toEqual(['Zacarías Mena', 'Zoila Muñoz', 'Zulma Paz'])
    expect((await ask('q=zoila%20munoz')).items[0].customer).toEqual({
      id: customer.id,
      name: customer.name,
      code: customer.code,
    })
    expect(await names('q=zoila%20muños')).toEqual(['Zoila Muñoz'])
    expect(await names('profile=Bodega&consentChannel=sms&consentState=granted')).toEqual(['Zacarías Mena'])
    expect(await names('profile=Bodega&consentChannel=sms&consentState=refused')).toEqual(['Zoila Muñoz'])
    expect(await names('profile=Bodega&consentChannel=sms&consentState=unknown')).toEqual(['Zulma Paz'])
    expect(await names('profile=Bodega&receivesNotices=true')).toEqual(['Zoila Muñoz'])
    expect(await names('profile=Bodega&hasEmail=false')).toEqual(['Zacarías Mena'])
    expect(await names('profile=Bodega&portalAccess=true&isMain=true')).toEqual(['Zulma Paz'])
    expect(await names(`customerId=${customer.id}&agentId=${user.id}&sort=-name`)).toHaveLength(3)
    expect(await names(`agentId=${randomUUID()}`)).toEqual([])
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: { name: string }[]; nextCursor: string | null } = await ask(
        `profile=Bodega&limit=1${cursor ? `&cursor=${cursor}` : ''}`,
      )
      seen.push(...page.items.map((each) => each.name))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(['Zacarías Mena', 'Zoila Muñoz', 'Zulma Paz'])
    await api.request().get('/api/v1/contacts?cursor=eA').set(headers).expect(400)
  })

  test('leaves as Excel with text as text, under the filters or those chosen, and the audit says so', async () => {
    const { headers } = await api.signedIn()
    const contact = await aContact(api.database.db, { name: '=1+1', profiles: ['Exportada', 'B'], consentGranted: ['call'] })
    await aContact(api.database.db, { name: 'Otra', profiles: ['Exportada'] })
    const file = async (filters: Record<string, string>) => {
      const sheet = read(await exportedList(api, headers, { list: 'contacts', filters })).Sheets.Contactos ?? {}
      return utils.sheet_to_json<string[]>(sheet, { header: 1 })
    }
    const rows = await file({ profile: 'Exportada' })
    expect(rows).toHaveLength(3)
    expect(rows[1]).toEqual(expect.arrayContaining(['=1+1', 'Exportada, B', contact.email, 'Acepta', 'No se sabe']))
    expect(await file({ ids: contact.id })).toHaveLength(2)
    const { rows: told } = await api.database.pool.query(
      "select 1 from audit_log where entity = 'contacts' and action = 'export'",
    )
    expect(told).toHaveLength(2)
    const plain = await api.signedIn({ permissions: [] })
    await api.request().post('/api/v1/exports').set(plain.headers).send({ list: 'contacts', format: 'xlsx' }).expect(403)
  })
})

describe('vCard', () => {
  const person = {
    name: 'Ana Peña',
    position: 'Tesorera',
    email: 'ana@x.test',
    mobile: '099 123 4567',
    about: 'secreto de la casa',
  }

  test('a contact and a customer with its contacts leave as cards that phones dial from anywhere; what is the house’s own stays', async () => {
    const { send, customer, headers } = await desk()
    const ana = (await send('post', '', person).expect(201)).body
    const one = await send('get', `/${ana.id}/vcard`).expect(200)
    expect(one.headers['content-type']).toBe('text/vcard; charset=utf-8')
    expect(one.headers['content-disposition']).toBe('attachment; filename="Ana-Pena.vcf"')
    expect(one.text).toContain('FN:Ana Peña\r\n')
    expect(one.text).toContain('TEL;TYPE=CELL,VOICE:+593991234567\r\n')
    expect(one.text).not.toContain('secreto')
    const all = await api.request().get(`/api/v1/customers/${customer.id}/vcard`).set(headers).expect(200)
    expect(all.text.match(/BEGIN:VCARD/g)).toHaveLength(2)
    await send('delete', `/${ana.id}`).expect(204)
    await send('get', `/${ana.id}/vcard`).expect(404)
  })

  test('the chosen of the directory leave together, with the permission to export', async () => {
    const { send, headers } = await desk()
    const ids = []
    for (const name of ['Uno', 'Dos']) ids.push((await send('post', '', { name }).expect(201)).body.id)
    await send('post', '', { name: 'Tres' }).expect(201)
    const answer = await api
      .request()
      .get(`/api/v1/contacts/vcards?ids=${ids.join(',')}`)
      .set(headers)
      .responseType('blob')
      .expect(200)
    expect(
      String(answer.body)
        .match(/^FN:.*$/gm)
        ?.map((line) => line.trim()),
    ).toEqual(['FN:Dos', 'FN:Uno'])
    const plain = await api.signedIn({ permissions: [] })
    await api.request().get('/api/v1/contacts/vcards').set(plain.headers).expect(403)
  })

  test('a file is read before anything is written: copies are shown, what cannot be kept is said, and a file that is none is refused', async () => {
    const { send, customer, headers } = await desk()
    const ana = (await send('post', '', person).expect(201)).body
    const read = (text: string) =>
      api.request().post(`/api/v1/customers/${customer.id}/contact-card-readings`).set(headers).send({ text })
    const file = [
      'BEGIN:VCARD\nFN:A. Peña\nEMAIL:ANA@x.test\nEND:VCARD',
      'BEGIN:VCARD\nFN:=1+1<b>\nEMAIL:no es correo\nTEL:llamar\nTITLE:Jefe\nEND:VCARD',
    ].join('\n')
    const { body } = await read(file).expect(200)
    expect(body.items[0]).toMatchObject({ contact: { name: 'A. Peña' }, alike: [{ id: ana.id, name: 'Ana Peña' }] })
    expect(body.items[1]).toMatchObject({
      contact: { name: '=1+1<b>', position: 'Jefe', email: null, phone: null },
      leftOut: [
        { field: 'email', value: 'no es correo' },
        { field: 'phone', value: 'llamar' },
      ],
      alike: [],
    })
    expect((await send('get', '').expect(200)).body.items).toHaveLength(1)
    expect((await read('%PDF-1.7').expect(422)).body.code).toBe('file-not-a-vcard')
    await read('x'.repeat(1_000_001)).expect(400)
    const many = await read('BEGIN:VCARD\nFN:A\nEND:VCARD\n'.repeat(101)).expect(200)
    expect([many.body.items.length, many.body.more]).toEqual([100, true])
    const add = (items: object[]) =>
      api.request().post(`/api/v1/customers/${customer.id}/contact-batches`).set(headers).send({ items })
    const refused = await add([{ name: 'Sí' }, { name: 'No', phone: 'llamar' }]).expect(422)
    expect(refused.body.errors[0].field).toBe('items.1.phone')
    expect((await send('get', '').expect(200)).body.items).toHaveLength(1)
    await add(body.items.map((each: { contact: object }) => each.contact)).expect(201)
    expect((await send('get', '').expect(200)).body.items).toHaveLength(3)
  })
})
