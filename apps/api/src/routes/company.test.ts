import { mailAccounts } from '@cartera/db/schema/organisation'
import { aCompany, aMailAccount, aUser } from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))

const read = async (headers: Record<string, string>) => (await api.request().get('/api/v1/company').set(headers).expect(200)).body

describe('company settings over HTTP', () => {
  test('what is sent is kept, the rest stays', async () => {
    const { headers } = await api.signedIn()
    const before = await read(headers)
    const change = {
      name: 'Andina S. A.',
      taxId: '1790012345001',
      country: 'EC',
      timeZone: 'America/Guayaquil',
      locale: 'es-EC',
      businessWeekdays: [6, 1, 2, 3, 4, 5, 1],
      opensAt: '09:00',
      closesAt: '17:30',
      followUpDefaultHours: 48,
      postponeInBusinessHours: true,
      creditToleranceDays: 0,
      catchUpDays: 30,
      reviewOverdue: true,
    }
    const changed = await api
      .request()
      .patch('/api/v1/company')
      .set(headers)
      .send({ ...change, version: before.version })
      .expect(200)
    expect(changed.body).toEqual({
      ...before,
      ...change,
      businessWeekdays: [1, 2, 3, 4, 5, 6],
      version: before.version + 1,
    })
    expect(await read(headers)).toEqual(changed.body)
    const late = await api
      .request()
      .patch('/api/v1/company')
      .set(headers)
      .send({ name: 'Otra', version: before.version })
      .expect(409)
    expect(late.body.code).toBe('changed-meanwhile')
  })

  test('the administrator is an active user, and whether their mail account could stand in is said', async () => {
    const { headers } = await api.signedIn()
    const person = await aUser(api.database.db)
    const disabled = await aUser(api.database.db, { active: false })
    const patch = async (administratorId: string | null) =>
      api
        .request()
        .patch('/api/v1/company')
        .set(headers)
        .send({ administratorId, version: (await read(headers)).version })
    expect((await patch(person.id)).body.administrator).toEqual({ id: person.id, name: person.name, mailAccount: 'missing' })
    await aMailAccount(api.database.db, { userId: person.id })
    expect((await read(headers)).administrator.mailAccount).toBe('verified')
    await api.database.db.delete(mailAccounts).where(eq(mailAccounts.userId, person.id))
    expect((await patch(disabled.id)).body.errors).toMatchObject([{ field: 'administratorId', code: 'reference-unknown' }])
    expect((await patch(null)).body.administrator).toBeNull()
  })

  test('what does not exist or is out of range is refused at its field, and nothing is changed', async () => {
    const { headers } = await api.signedIn()
    const before = await read(headers)
    for (const [over, status, field, code] of [
      [{ timeZone: 'Mars/Olympus' }, 422, 'timeZone', 'time-zone-unknown'],
      [{ currency: 'AAA' }, 422, 'currency', 'currency-unknown'],
      [{ country: 'QQ' }, 422, 'country', 'country-unknown'],
      [{ opensAt: '18:00', closesAt: '09:00' }, 422, 'closesAt', 'closing-before-opening'],
      [{ opensAt: '25:00' }, 400, 'opensAt', 'format'],
      [{ businessWeekdays: [] }, 400, 'businessWeekdays', 'too-short'],
      [{ businessWeekdays: [8] }, 400, 'businessWeekdays.0', 'too-large'],
      [{ catchUpDays: 31 }, 400, 'catchUpDays', 'too-large'],
      [{ catchUpDays: -1 }, 400, 'catchUpDays', 'too-small'],
      [{ catchUpDays: null }, 400, 'catchUpDays', 'type'],
      [{ followUpDefaultHours: 0 }, 400, 'followUpDefaultHours', 'too-small'],
      [{ creditToleranceDays: 2.5 }, 400, 'creditToleranceDays', 'type'],
      [{ locale: 'fr' }, 400, 'locale', 'format'],
      [{ name: '' }, 400, 'name', 'required'],
    ] as const) {
      const answer = await api
        .request()
        .patch('/api/v1/company')
        .set(headers)
        .send({ ...over, version: before.version })
      expect([over, answer.status, answer.body.errors?.[0]?.field, answer.body.errors?.[0]?.code]).toEqual([
        over,
        status,
        field,
        code,
      ])
    }
    expect(await read(headers)).toEqual(before)
  })

  test('only with the permission', async () => {
    const { headers } = await api.signedIn({ permissions: ['manage-users'] })
    await api.request().get('/api/v1/company').set(headers).expect(403)
    await api.request().patch('/api/v1/company').set(headers).send({ name: 'X', version: 1 }).expect(403)
    await api.request().post('/api/v1/holidays').set(headers).send({ day: '2026-01-01', name: 'X' }).expect(403)
    await api.request().post('/api/v1/holidays/imports').set(headers).send({ country: 'EC', year: 2026 }).expect(403)
    await api.request().delete('/api/v1/holidays/2026-01-01').set(headers).expect(403)
    await api.request().get('/api/v1/holidays').set(headers).expect(200)
  })
})

describe('holidays over HTTP', () => {
  test('a day is added once and removed once', async () => {
    const { headers } = await api.signedIn()
    const send = { day: '2031-02-03', name: 'Fundación' }
    await api.request().post('/api/v1/holidays').set(headers).send(send).expect(201)
    const twice = await api.request().post('/api/v1/holidays').set(headers).send(send).expect(409)
    expect(twice.body.errors).toMatchObject([{ field: 'day', code: 'holiday-taken' }])
    await api.request().post('/api/v1/holidays').set(headers).send({ day: '2031-02-30', name: 'X' }).expect(400)
    await api.request().delete('/api/v1/holidays/2031-02-03').set(headers).expect(204)
    await api.request().delete('/api/v1/holidays/2031-02-03').set(headers).expect(404)
    await api.request().delete('/api/v1/holidays/2031-02-30').set(headers).expect(400)
  })

  test('the public holidays of a country and year are loaded in Spanish; a second time, or at the same moment, changes nothing', async () => {
    const { headers } = await api.signedIn()
    await api.request().post('/api/v1/holidays').set(headers).send({ day: '2026-12-25', name: 'Nuestra Navidad' }).expect(201)
    const load = () => api.request().post('/api/v1/holidays/imports').set(headers).send({ country: 'EC', year: 2026 })
    const [one, two] = await Promise.all([load(), load()])
    expect([one.status, two.status]).toEqual([201, 201])
    const count = one.body.added + one.body.kept
    expect(count).toBeGreaterThan(8)
    expect([one.body.added, two.body.added].sort()).toEqual([0, count - 1])
    expect((await load()).body).toEqual({ added: 0, kept: count })
    const list = await api.request().get('/api/v1/holidays?from=2026-01-01&to=2026-12-31').set(headers).expect(200)
    const names = new Map(list.body.items.map((each: { day: string; name: string }) => [each.day, each.name]))
    expect(names.get('2026-01-01')).toBe('Año Nuevo')
    expect(names.get('2026-05-01')).toMatch(/trabaj/i)
    expect(names.get('2026-12-25')).toBe('Nuestra Navidad')
    expect(names.size).toBe(count)
  })

  test('a country or year without data is refused', async () => {
    const { headers } = await api.signedIn()
    const load = (body: object) => api.request().post('/api/v1/holidays/imports').set(headers).send(body)
    expect((await load({ country: 'QQ', year: 2026 })).body.errors).toMatchObject([{ field: 'country', code: 'country-unknown' }])
    expect((await load({ country: 'ec', year: 2026 })).status).toBe(400)
    for (const year of [1969, 2101, 2026.5, '2026', null]) expect((await load({ country: 'EC', year })).status).toBe(400)
  })
})
