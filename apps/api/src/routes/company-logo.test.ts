import { companyLogo } from '@cartera/db/schema/organisation'
import { aCompany, aCustomer } from '@cartera/db/testing/builders'
import { makePicture } from '@cartera/use-cases/files/make-picture'
import { sql } from 'drizzle-orm'
import sharp from 'sharp'
import { beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
const path = '/api/v1/company/logo'

beforeEach(async () => {
  await db().execute(sql`truncate company, company_logo, holidays, notice_rules, notice_rule_versions, customers cascade`)
  await aCompany(db())
})

const picture = (format: 'png' | 'jpeg' | 'webp' | 'gif', width = 1200, height = 300) =>
  sharp({ create: { width, height, channels: 4, background: '#1d4ed8' } })
    [format]()
    .toBuffer()
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>')
const upload = (headers: Record<string, string>, bytes: Buffer, name = 'logo.png') =>
  api.request().put(path).set(headers).attach('file', bytes, { filename: name, contentType: 'image/png' })

describe('the logo', () => {
  test('PNG, JPEG and WebP become a small PNG; previews show it, and without it the name', async () => {
    const { headers } = await api.signedIn()
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const { body } = await upload(headers, await picture(format)).expect(200)
      expect(body.logo).toMatchObject({ width: 400, height: 100 })
      expect(body.logo.source).toMatch(/^data:image\/png;base64,/)
    }
    const customer = await aCustomer(db(), {})
    const previewed = async () =>
      (await api.request().post(`/api/v1/customers/${customer.id}/notice-previews`).set(headers).send({ kind: 'overdue' })).body
        .html as string
    const html = await previewed()
    expect(html).toMatch(/<img\s+alt="Comercial Andina" src="data:image\/png;base64,/)
    expect(html).toContain('width="200"')
    await api.request().delete(path).set(headers).expect(204)
    await api.request().delete(path).set(headers).expect(204)
    expect(await previewed()).not.toContain('<img')
    expect((await api.request().get('/api/v1/company').set(headers)).body.logo).toBeNull()
  })

  test('what is no such image is refused by its content, whatever its name says; the one there was stays', async () => {
    const { headers } = await api.signedIn()
    await upload(headers, await picture('png')).expect(200)
    const png = await picture('png')
    for (const bytes of [svg, await picture('gif'), Buffer.from('%PDF-1.7'), png.subarray(0, 60), Buffer.alloc(0)])
      expect((await upload(headers, bytes).expect(422)).body).toMatchObject({
        code: 'image-unreadable',
        errors: [{ field: 'file' }],
      })
    const large = Buffer.concat([png, Buffer.alloc(5 * 1_048_576)])
    expect((await upload(headers, large).expect(413)).body.code).toBe('file-too-large')
    await api.request().put(path).set(headers).send({}).expect(422)
    expect(await db().select().from(companyLogo)).toHaveLength(1)
    const nobody = await api.signedIn({ permissions: [] })
    await upload(nobody.headers, png).expect(403)
    await api.request().delete(path).set(nobody.headers).expect(403)
  })

  test('carries nothing of the file it came from, and a huge picture of few bytes is refused', async () => {
    const camera = await sharp(await picture('jpeg', 40, 40))
      .withExif({ IFD0: { Copyright: 'a secret place' } })
      .jpeg()
      .toBuffer()
    expect(camera.includes('a secret place')).toBe(true)
    const { content, width } = await makePicture(camera, { width: 400, height: 128 }, 'png')
    expect(content.includes('a secret place')).toBe(false)
    expect(width).toBe(40)
    await expect(makePicture(await picture('png', 9000, 9000), { width: 400, height: 128 }, 'webp')).rejects.toMatchObject({
      code: 'image-unreadable',
    })
  })
})
