import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { customerFiles } from '@cartera/db/schema/files'
import { aCompany, aCustomer, aProfile } from '@cartera/db/testing/builders'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytes, testApi } from '../testing/test-api.ts'

const api = testApi()
const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="nota.txt"\r\n\r\nla primera mitad'

let me: Awaited<ReturnType<typeof api.signedIn>>
let customerId = ''
beforeAll(async () => {
  await aCompany(api.database.db)
  me = await api.signedIn()
  customerId = (await aCustomer(api.database.db, { preferredAgentId: me.user.id })).id
})

const upload = (name: string, content: string | Buffer, headers = me.headers) =>
  api
    .request()
    .post(`/api/v1/customers/${customerId}/files`)
    .set(headers)
    .attach('file', Buffer.from(content), { filename: name, contentType: 'image/png' })
const get = (url: string, headers = me.headers) => api.request().get(url).set(headers)
const held = async () => {
  const keys: string[] = []
  for await (const key of api.ctx.files.keys()) keys.push(key)
  return { rows: await api.database.db.$count(customerFiles), keys: keys.length, arriving: await api.ctx.files.arriving() }
}

describe('versions of a file', () => {
  const version = (id: string, name: string, content: string, headers = me.headers) =>
    api.request().post(`/api/v1/files/${id}/versions`).set(headers).attach('file', Buffer.from(content), { filename: name })
  const versionsOf = async (id: string) => (await get(`/api/v1/files/${id}/versions`).expect(200)).body.items

  test('the newest is listed alone under the name of the file; the older ones are kept and downloaded', async () => {
    const first = (await upload('tarifa.txt', 'precios de enero').expect(201)).body
    await api
      .request()
      .patch(`/api/v1/files/${first.id}`)
      .set(me.headers)
      .send({ category: 'order', description: 'La vigente', version: first.version })
      .expect(200)
    const second = (await version(first.id, 'tarifa (2).txt', 'precios de febrero').expect(201)).body
    expect(second).toMatchObject({ name: 'tarifa.txt', revision: 2, category: 'order', description: 'La vigente' })
    const colleague = await api.signedIn()
    const third = (await version(second.id, 'tarifa.csv', 'marzo;1', colleague.headers).expect(201)).body
    // Another ending comes with its own name; the owner stays, who added it is told.
    expect(third).toMatchObject({ name: 'tarifa.csv', revision: 3, owner: { id: me.user.id }, superseded: false })
    for (const url of [`/api/v1/customers/${customerId}/files?q=tarifa`, '/api/v1/files?q=tarifa'])
      expect((await get(url).expect(200)).body.items.map((one: { id: string }) => one.id)).toEqual([third.id])
    for (const id of [first.id, second.id, third.id])
      expect((await versionsOf(id)).map((one: { id: string; addedBy: { id: string } }) => [one.id, one.addedBy.id])).toEqual([
        [third.id, colleague.user.id],
        [second.id, me.user.id],
        [first.id, me.user.id],
      ])
    const old = await get(`/api/v1/files/${first.id}/content`).buffer().parse(bytes).expect(200)
    expect(String(old.body)).toBe('precios de enero')
    const { rows } = await api.database.pool.query(
      "select changes from audit_log where entity = 'file' and action = 'create' and entity_id = $1",
      [third.id],
    )
    expect(rows[0].changes).toMatchObject({ revision: 3, replaces: second.id })
  })

  test('of two who replace the same one the second is told, and nothing of theirs is left', async () => {
    const first = (await upload('acta.txt', 'uno').expect(201)).body
    const answers = await Promise.all([version(first.id, 'acta.txt', 'dos'), version(first.id, 'acta.txt', 'tres')])
    expect(answers.map((one) => one.status).sort()).toEqual([201, 409])
    expect(await versionsOf(first.id)).toHaveLength(2)
    const before = await held()
    expect((await version(first.id, 'acta.txt', 'cuatro').expect(409)).body.code).toBe('changed-meanwhile')
    await version(answers.find((one) => one.status === 201)?.body.id, 'acta.pdf', 'no es un PDF').expect(415)
    expect(await held()).toEqual(before)
  })

  test('whoever does not see the file adds none and reads none', async () => {
    const first = (await upload('secreto.txt', 'uno').expect(201)).body
    const far = await api.signedIn({ level: 4 })
    await version(first.id, 'secreto.txt', 'dos', far.headers).expect(404)
    await get(`/api/v1/files/${first.id}/versions`, far.headers).expect(404)
  })

  test('all files of the company are found by customer, person, day and words, and not those of others', async () => {
    const other = await aCustomer(api.database.db, { name: 'Otra casa' })
    const mine = (await upload('inventario final.txt', 'x').expect(201)).body
    const names = async (query: string, headers = me.headers) =>
      (await get(`/api/v1/files?${query}`, headers).expect(200)).body.items.map((one: { name: string }) => one.name)
    expect(await names('q=INVENTARIO&kind=text')).toEqual(['inventario final.txt'])
    expect(await names(`q=inventario&customerId=${other.id}`)).toEqual([])
    expect(await names(`q=inventario&ownerId=${me.user.id}&customerId=${customerId}`)).toHaveLength(1)
    const today = mine.createdAt.slice(0, 10)
    expect(await names(`q=inventario&from=${today}&to=${today}`)).toHaveLength(1)
    expect(await names('q=inventario&to=2020-01-01')).toEqual([])
    expect(await names('q=inventario', (await api.signedIn({ level: 4 })).headers)).toEqual([])
  })
})

describe('a file over the network', () => {
  test('is given back as an attachment that no browser opens as a page, whatever its name and claimed type', async () => {
    const { body } = await upload('acta "año"; x=1\u202E.html', '<script>alert(1)</script>').expect(201)
    expect(body).toMatchObject({ name: 'acta año; x=1.html', kind: 'other', customer: { id: customerId } })
    const answer = await get(`/api/v1/files/${body.id}/content`).buffer().parse(bytes).expect(200)
    expect(String(answer.body)).toBe('<script>alert(1)</script>')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '25',
      'content-disposition': `attachment; filename="${encodeURIComponent('acta año; x=1.html')}"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    })
  })

  test('that says itself that it is too large is refused before it is read', async () => {
    const before = await held()
    const socket = await raw(`content-length: ${9 * 1_048_576}\r\n`)
    expect(String(await once(socket, 'data'))).toContain('413')
    socket.destroy()
    expect(await held()).toEqual(before)
  })

  test('that is larger than it said at the start is cut off at the limit', async () => {
    const before = await held()
    const answer = await upload('grande.bin', Buffer.alloc(2 * 1_048_576 + 1)).expect(413)
    expect(answer.body).toMatchObject({ code: 'file-too-large', errors: [{ field: 'file' }] })
    expect(await held()).toEqual(before)
  })

  test.each([
    ['with a length', `content-length: 4000\r\n`, part],
    ['in chunks', 'transfer-encoding: chunked\r\n', `${part.length.toString(16)}\r\n${part}\r\n`],
  ])('whose sender breaks off in the middle, %s, leaves nothing', async (_, header, begun) => {
    const before = await held()
    const socket = await raw(header, begun)
    // It has begun: its row stands there.
    await expect.poll(async () => (await held()).rows).toBe(before.rows + 1)
    socket.destroy()
    await expect.poll(held).toEqual(before)
  })

  test('without a file, or that is no form at all, is refused at the field', async () => {
    const empty = await upload('vacio.txt', '').expect(422)
    expect(empty.body).toMatchObject({ code: 'file-blank', errors: [{ field: 'file' }] })
    const json = api.request().post(`/api/v1/customers/${customerId}/files`).set(me.headers)
    await json.send({ file: 'x' }).expect(422)
  })

  test('keeps its ending when it is renamed, and nobody writes over what they did not see', async () => {
    const { body } = await upload('contrato.txt', 'uno').expect(201)
    const change = (fields: object) => api.request().patch(`/api/v1/files/${body.id}`).set(me.headers).send(fields)
    const renamed = await change({ name: 'Contrato firmado.exe', category: 'contract', description: ' ', version: 1 }).expect(200)
    expect(renamed.body).toMatchObject({ name: 'Contrato firmado.exe.txt', category: 'contract', description: null, version: 2 })
    await change({ name: 'Otro', version: 1 }).expect(409)
    await change({ name: '\u202E', version: 2 }).expect(422)
    await change({ kind: 'image', version: 2 }).expect(400)
  })

  test('is deleted by who may, and brought back by level 1', async () => {
    const { body } = await upload('borrar.txt', 'uno').expect(201)
    const plain = await api.signedIn({ profileId: (await aProfile(api.database.db, { level: 1, permissions: [] })).id })
    await api.request().delete(`/api/v1/files/${body.id}`).set(plain.headers).expect(403)
    await api.request().delete(`/api/v1/files/${body.id}`).set(me.headers).expect(204)
    await get(`/api/v1/files/${body.id}/content`).expect(404)
    const trash = await get(`/api/v1/deleted-files?customerId=${customerId}`).expect(200)
    expect(trash.body.items).toMatchObject([{ id: body.id, name: 'borrar.txt', deletedBy: { id: me.user.id } }])
    await api.request().post(`/api/v1/deleted-files/${body.id}/restorations`).set(me.headers).expect(201)
    await api.request().post(`/api/v1/deleted-files/${body.id}/restorations`).set(me.headers).expect(404)
    expect((await get(`/api/v1/files/${body.id}/content`).buffer().parse(bytes).expect(200)).body).toEqual(Buffer.from('uno'))
  })

  test('whose bytes are missing in the store says so', async () => {
    const { body } = await upload('perdido.txt', 'uno').expect(201)
    await api.ctx.files.remove(body.id)
    expect((await get(`/api/v1/files/${body.id}/content`).expect(503)).body.code).toBe('file-lost')
  })

  test('that is an e-mail gives out its attachments to who sees it, and to nobody else', async () => {
    const mail = [
      'From: ana@almacen.test',
      'Subject: Precios',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/html; name="x.html"',
      'Content-Disposition: attachment; filename="x.html"',
      '',
      '<b>hola</b>',
      '--b--',
    ].join('\r\n')
    const { body } = await upload('correo.eml', mail).expect(201)
    const address = `/api/v1/files/${body.id}/mail-attachments/0`
    const answer = await get(address).buffer().parse(bytes).expect(200)
    expect(String(answer.body).trim()).toBe('<b>hola</b>')
    expect(answer.headers['content-type']).toBe('application/octet-stream')
    await get(`/api/v1/files/${body.id}/mail-attachments/7`).expect(404)
    await get(`/api/v1/files/${body.id}/mail-attachments/-1`).expect(400)
    const narrow = await aProfile(api.database.db, { level: 4 })
    const other = await api.signedIn({ profileId: narrow.id })
    for (const url of [address, `/api/v1/files/${body.id}/mail`, `/api/v1/files/${body.id}/content`])
      await get(url, other.headers).expect(404)
  })
})

/** A request by hand, whose sender does what no client would. */
async function raw(header: string, begun = ''): Promise<Socket> {
  if (!api.app.server.listening) await api.app.listen({ host: '127.0.0.1', port: 0 })
  const address = api.app.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect(address.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(
    `POST /api/v1/customers/${customerId}/files HTTP/1.1\r\nhost: x\r\nauthorization: ${me.headers.authorization}\r\ncontent-type: multipart/form-data; boundary=x\r\n${header}\r\n${begun}`,
  )
  return socket
}
