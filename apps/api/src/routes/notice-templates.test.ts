import { auditLog } from '@cartera/db/schema/audit'
import { noticeTemplates } from '@cartera/db/schema/notices'
import { company } from '@cartera/db/schema/organisation'
import { aCompany, aCustomer, aReceivable } from '@cartera/db/testing/builders'
import { readyText } from '@cartera/domain/notices/ready-texts'
import { desc, eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db

beforeEach(async () => {
  await db().execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_templates, receivables,
    documents, contacts, customers cascade`)
  api.ctx.at('2026-03-11T15:00:00Z')
  await aCompany(db(), { noticeActive: true })
})

type Headers = Record<string, string>
const all = '/api/v1/notice-templates'
const place = `${all}/overdue/3/es/formal`
const put = (headers: Headers, body: object, path = place) => api.request().put(path).set(headers).send(body)
const post = (headers: Headers, path: string, body?: object) => api.request().post(path).set(headers).send(body)
const list = async (headers: Headers) => (await api.request().get(all).set(headers).expect(200)).body.items

describe('the catalogue of texts', () => {
  test('ready texts fill what is missing, once; what is there stays', async () => {
    const { headers } = await api.signedIn()
    const own = { subject: 'Nuestro {{ company.name }}', body: 'Nuestro texto' }
    const written = await put(headers, { ...own, version: 0 }).expect(200)
    expect(written.body).toMatchObject({ kind: 'overdue', level: 3, ready: false, version: 1 })
    expect(written.body.missing).toEqual(['table', 'totals', 'agent', 'company'])
    expect((await post(headers, `${all}/ready-texts`).expect(201)).body).toEqual({ added: 47 })
    expect((await post(headers, `${all}/ready-texts`).expect(201)).body).toEqual({ added: 0 })
    const items = await list(headers)
    expect(items).toHaveLength(48)
    expect(items.filter((item: { ready: boolean }) => !item.ready)).toMatchObject([own])
    for (const item of items.filter((one: { ready: boolean }) => one.ready)) expect(item.missing).toEqual([])
  })

  test('a text is written by who saw it as it stands, and every writing is in the audit log', async () => {
    const { headers } = await api.signedIn()
    const first = await put(headers, { subject: 'a', body: 'b', version: 0 }).expect(200)
    expect((await put(headers, { subject: 'x', body: 'y', version: 0 }).expect(409)).body.code).toBe('changed-meanwhile')
    await put(headers, { subject: 'a', body: 'c', version: 1 }).expect(200)
    await put(headers, { subject: 'a', body: 'd', version: 1 }).expect(409)
    const answers = await Promise.all([1, 2, 3].map((n) => put(headers, { subject: 'a', body: `${n}`, version: 2 })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409])
    const audited = await db().select().from(auditLog).where(eq(auditLog.entityId, first.body.id))
    expect(audited.map((row) => row.action)).toEqual(['create', 'change', 'change'])
    // An account that is typed past the confirmed ones is told apart in the log.
    const typed = await put(headers, { subject: 'a', body: 'Cuenta 2100-4567-89', version: 3 }).expect(200)
    const [last] = await db()
      .select()
      .from(auditLog)
      .where(eq(auditLog.entityId, typed.body.id))
      .orderBy(desc(auditLog.id))
      .limit(1)
    expect(last?.changes).toMatchObject({ typedPaymentDetails: '2100-4567-89' })
    const nobody = await api.signedIn({ permissions: ['see-notices'] })
    await put(nobody.headers, { subject: 'a', body: 'b', version: 4 }).expect(403)
    await api.request().delete(place).set(nobody.headers).expect(403)
    await post(nobody.headers, `${all}/ready-texts`).expect(403)
    expect(await list(nobody.headers)).toHaveLength(1)
  })

  test('a text that cannot be used is refused at its field, in the person’s language; nothing is written', async () => {
    const { headers } = await api.signedIn({ language: 'en' })
    const refused = await put(headers, { subject: 'x', body: 'Hi\n\n{{ customer.nam }}', version: 0 }).expect(422)
    expect(refused.body).toMatchObject({ code: 'template-invalid', errors: [{ field: 'body' }] })
    expect(refused.body.detail).toContain('there is no variable “customer.nam” (line 3, column 4)')
    await put(headers, { subject: '', body: 'x', version: 0 }).expect(400)
    await put(headers, { subject: 'x'.repeat(301), body: 'x', version: 0 }).expect(400)
    await put(headers, { subject: 'x', body: 'x'.repeat(20_001), version: 0 }).expect(400)
    for (const wrong of ['overdue/5/es/formal', 'overdue/0/es/formal', 'final/1/es/formal', 'overdue/1/fr/formal'])
      await put(headers, { subject: 'x', body: 'x', version: 0 }, `${all}/${wrong}`).expect(400)
    expect(await list(headers)).toEqual([])
  })

  test('a check says all problems with their place, and what a reader would miss', async () => {
    const { headers } = await api.signedIn({ language: 'es' })
    const check = async (subject: string, body: string) =>
      (await post(headers, `${all}/checks`, { subject, body }).expect(200)).body
    expect(await check('{{ company.nombre }}', 'Hola\n{% if x %}')).toEqual({
      problems: [
        { field: 'subject', problem: 'no existe la variable «company.nombre» (línea 1, columna 4)', line: 1, column: 4 },
        { field: 'body', problem: 'falta cerrar «{% if x %}» (línea 2, columna 1)', line: 2, column: 1 },
      ],
      missing: [],
    })
    expect(await check('Hola', '{{ receivables_table }} {{ agent.name }} {{ company.name }}')).toEqual({
      problems: [],
      missing: [{ field: 'subject', missing: 'company' }],
    })
    expect(await check('', '{% for i in (1..100000000) %}{% endfor %}')).toMatchObject({
      problems: [{ field: 'body', problem: 'el texto es demasiado largo o repite demasiado' }],
    })
  })

  test('a text can be removed, and then the nearest speaks; never the last of its kind', async () => {
    const { headers } = await api.signedIn()
    await put(headers, { subject: 'Nivel uno', body: 'x', version: 0 }, `${all}/overdue/1/es/formal`).expect(200)
    await put(headers, { subject: 'Nivel tres', body: 'x', version: 0 }).expect(200)
    const previewed = async (level: number) =>
      (await post(headers, '/api/v1/notice-previews', { kind: 'overdue', level, language: 'es' }).expect(200)).body
    expect(await previewed(3)).toMatchObject({ subject: 'Nivel tres', place: { level: 3 } })
    await api.request().delete(place).set(headers).expect(204)
    await api.request().delete(place).set(headers).expect(404)
    expect(await previewed(3)).toMatchObject({ subject: 'Nivel uno', place: { level: 1 }, bodyFrom: 'catalogue' })
    const last = await api.request().delete(`${all}/overdue/1/es/formal`).set(headers).expect(409)
    expect(last.body.code).toBe('template-last')
    expect(await db().select().from(noticeTemplates)).toHaveLength(1)
  })

  test('a preview takes the customer’s language and tone, or those that are asked for', async () => {
    const { headers } = await api.signedIn()
    await post(headers, `${all}/ready-texts`).expect(201)
    await db().update(company).set({ noticeTone: 'informal' })
    const customer = await aCustomer(db(), { language: 'en', name: 'Acme & <Sons>' })
    await aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-01' })
    const preview = async (over: object) =>
      (await post(headers, `/api/v1/customers/${customer.id}/notice-previews`, { kind: 'overdue', ...over }).expect(200)).body
    expect(await preview({ level: 4 })).toMatchObject({
      language: 'en',
      sample: false,
      place: { kind: 'overdue', level: 4, language: 'en', tone: 'informal' },
      subject: 'Comercial Andina: last notice on your overdue balance',
    })
    const spanish = await preview({ language: 'es', tone: 'formal' })
    expect(spanish).toMatchObject({ language: 'es', place: { level: 1, language: 'es', tone: 'formal' } })
    expect(spanish.text).toContain('Estimado cliente Acme & <Sons>:')
    expect(spanish.html).toContain('Acme &amp; &lt;Sons&gt;')
    expect(await preview({ subject: 'Given {{ level }}', level: 2 })).toMatchObject({ subject: 'Given 2', subjectFrom: 'given' })
    await post(headers, `/api/v1/customers/${customer.id}/notice-previews`, { kind: 'overdue', level: 9 }).expect(400)
  })

  test('without a catalogue the ready text speaks', async () => {
    const { headers } = await api.signedIn()
    const { body } = await post(headers, '/api/v1/notice-previews', { kind: 'preventive', level: 2, language: 'en' }).expect(200)
    const ready = readyText({ kind: 'preventive', level: 2, language: 'en', tone: 'formal' })
    expect(body.place).toBeNull()
    expect(body.subject).toBe(ready.subject.replace('{{ company.name }}', 'Comercial Andina'))
  })
})
