import { auditLog } from '@cartera/db/schema/audit'
import { customerImages } from '@cartera/db/schema/customers'
import { aCompany, aCustomer } from '@cartera/db/testing/builders'
import { and, eq, sql } from 'drizzle-orm'
import sharp from 'sharp'
import { beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
type Headers = Record<string, string>

beforeEach(async () => {
  await db().execute(sql`truncate company, notice_rules, notice_rule_versions, customers, audit_log cascade`)
  await aCompany(db())
})

const picture = (format: 'png' | 'jpeg' | 'webp' | 'gif', background = '#1d4ed8', width = 900, height = 300) =>
  sharp({ create: { width, height, channels: 4, background } })
    [format]()
    .toBuffer()
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>')
const pathOf = (id: string) => `/api/v1/customers/${id}/image`
const upload = (headers: Headers, id: string, bytes: Buffer, name = 'logo.png') =>
  api.request().put(pathOf(id)).set(headers).attach('file', bytes, { filename: name, contentType: 'image/png' })
const read = (headers: Headers, id: string, query = '') =>
  api
    .request()
    .get(`${pathOf(id)}${query}`)
    .set(headers)
    .buffer(true)
    .parse((response, done) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => done(null, Buffer.concat(pieces)))
    })

describe('the picture of a customer', () => {
  test('is drawn anew, small; profile and list say what it is known by, and under that it may be kept', async () => {
    const { headers } = await api.signedIn()
    const { id } = await aCustomer(db(), {})
    const hashes: string[] = []
    for (const [format, colour] of [
      ['png', '#1d4ed8'],
      ['jpeg', '#b91c1c'],
      ['webp', '#15803d'],
    ] as const) {
      const { body } = await upload(headers, id, await picture(format, colour)).expect(200)
      hashes.push(body.imageHash)
    }
    expect(new Set(hashes).size).toBe(3)
    const hash = hashes[2]
    const list = await api.request().get('/api/v1/customers').set(headers).expect(200)
    expect(list.body.items[0].imageHash).toBe(hash)

    const plain = await read(headers, id).expect(200)
    expect(plain.headers).toMatchObject({ 'content-type': 'image/webp', 'cache-control': 'private, no-cache', etag: `"${hash}"` })
    expect(await sharp(plain.body).metadata()).toMatchObject({ format: 'webp', width: 256, height: 85 })
    expect((await read(headers, id, `?hash=${hash}`).expect(200)).headers['cache-control']).toBe(
      'private, max-age=604800, immutable',
    )
    // Under the address of one that was, the one of now may not be kept.
    expect((await read(headers, id, `?hash=${hashes[0]}`).expect(200)).headers['cache-control']).toBe('private, no-cache')
    await api.request().get(pathOf(id)).set(headers).set('if-none-match', `"${hash}"`).expect(304)
    await api.request().get(pathOf(id)).set(headers).set('if-none-match', `"${hashes[0]}"`).expect(200)
  })

  test('what is no such image is refused by its content, whatever its name says; the one there was stays', async () => {
    const { headers } = await api.signedIn()
    const { id } = await aCustomer(db(), {})
    const png = await picture('png')
    await upload(headers, id, png).expect(200)
    for (const bytes of [svg, await picture('gif'), Buffer.from('%PDF-1.7'), png.subarray(0, 60), Buffer.alloc(0)])
      expect((await upload(headers, id, bytes).expect(422)).body).toMatchObject({
        code: 'image-unreadable',
        errors: [{ field: 'file' }],
      })
    const large = Buffer.concat([png, Buffer.alloc(5 * 1_048_576)])
    expect((await upload(headers, id, large).expect(413)).body.code).toBe('file-too-large')
    await api.request().put(pathOf(id)).set(headers).send({}).expect(422)
    expect(await db().select().from(customerImages)).toHaveLength(1)
  })

  test('is removed, and every change of it is in the audit log; the same one again is none', async () => {
    const { headers } = await api.signedIn()
    const { id } = await aCustomer(db(), {})
    const png = await picture('png')
    const { body } = await upload(headers, id, png).expect(200)
    await upload(headers, id, png).expect(200)
    await api.request().delete(pathOf(id)).set(headers).expect(204)
    await api.request().delete(pathOf(id)).set(headers).expect(204)
    await api.request().get(pathOf(id)).set(headers).expect(404)
    expect((await api.request().get(`/api/v1/customers/${id}`).set(headers)).body.imageHash).toBeNull()
    const written = await db()
      .select({ changes: auditLog.changes })
      .from(auditLog)
      .where(and(eq(auditLog.entity, 'customer'), eq(auditLog.entityId, id)))
      .orderBy(auditLog.id)
    expect(written.map((one) => one.changes)).toEqual([{ image: [null, body.imageHash] }, { image: [body.imageHash, null] }])
  })

  test('of a customer out of reach does not exist, and without the permission it is only looked at', async () => {
    const { headers } = await api.signedIn()
    const { id } = await aCustomer(db(), {})
    const png = await picture('png')
    await upload(headers, id, png).expect(200)
    const reader = await api.signedIn({ permissions: [] })
    await read(reader.headers, id).expect(200)
    await upload(reader.headers, id, png).expect(403)
    await api.request().delete(pathOf(id)).set(reader.headers).expect(403)
    const far = await api.signedIn({ level: 4, customerLevel: 4 })
    await read(far.headers, id).expect(404)
    await upload(far.headers, id, png).expect(404)
    await api.request().delete(pathOf(id)).set(far.headers).expect(404)
  })

  test('goes along in the vCard as JPEG', async () => {
    const { headers } = await api.signedIn()
    const { id } = await aCustomer(db(), {})
    const card = () => api.request().get(`/api/v1/customers/${id}/vcard`).set(headers).expect(200)
    expect((await card()).text).not.toContain('PHOTO')
    await upload(headers, id, await picture('png')).expect(200)
    const text = (await card()).text.replace(/\r\n /g, '')
    const photo = text.split('\r\n').find((line) => line.startsWith('PHOTO;ENCODING=b;TYPE=JPEG:'))
    expect(await sharp(Buffer.from(photo?.slice(27) ?? '', 'base64')).metadata()).toMatchObject({ format: 'jpeg', width: 256 })
  })
})
