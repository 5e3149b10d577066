import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import { aCompany, aCustomer, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq } from 'drizzle-orm'
import sharp from 'sharp'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { compressedRtf, msgFile } from '../testing/msg-file.ts'
import { testContext } from '../testing/test-context.ts'
import { customerTimeline } from '../timeline/customer-timeline.ts'
import { openFileStore } from './file-store.ts'
import { keepFile, previewKey } from './keep-file.ts'
import { listFiles, readFileMail } from './list-files.ts'
import { downloadFile, downloadMailAttachment, previewFile } from './read-file.ts'
import { sweepArrivals, sweepArrivalsJob, sweepStrayBytes, sweepStrayBytesJob } from './sweep-files.ts'

const database = testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'cartera-files-test-'))
const store = openFileStore({ dir: folder, mostBytes: 300_000, s3: null })
const ctx = testContext(database, { files: store })
let viewer: Viewer
let customerId = ''
beforeAll(async () => {
  await aCompany(database.db)
  viewer = (await findViewerByUser(ctx, (await aUser(database.db)).id)) as Viewer
  customerId = (await aCustomer(database.db)).id
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const keep = (name: string, content: Buffer | string | Readable) =>
  keepFile(ctx, viewer, customerId, {
    name,
    content: content instanceof Readable ? content : Readable.from([Buffer.from(content)]),
  })
const png = () =>
  sharp({ create: { width: 60, height: 40, channels: 3, background: '#123456' } })
    .png()
    .toBuffer()
async function keysOf(which = store): Promise<string[]> {
  const keys: string[] = []
  for await (const key of which.keys()) keys.push(key)
  return keys.sort()
}
const held = async () => [await database.db.$count(customerFiles), await keysOf(), await store.arriving()]

describe('a file of a customer', () => {
  test('comes back byte for byte, under the name that was told, and nothing of it is left where it arrived', async () => {
    const bytes = randomBytes(200_000)
    const file = await keep('plano de la bodega.dwg', bytes)
    expect(file).toMatchObject({ name: 'plano de la bodega.dwg', kind: 'other', size: 200_000, hasPreview: false })
    const download = await downloadFile(ctx, viewer, file.id)
    expect(download.mediaType).toBe('application/octet-stream')
    expect((await buffer(download.content as Readable)).equals(bytes)).toBe(true)
    expect(await store.arriving()).toEqual([])
  })

  test('that is a picture is drawn anew for looking at, and its own bytes stay', async () => {
    const bytes = await png()
    const file = await keep('logo.png', bytes)
    expect(file).toMatchObject({ kind: 'image', hasPreview: true })
    const preview = await buffer((await previewFile(ctx, viewer, file.id)).content as Readable)
    expect(await sharp(preview).metadata()).toMatchObject({ format: 'webp', width: 60, height: 40 })
    expect((await buffer((await downloadFile(ctx, viewer, file.id)).content as Readable)).equals(bytes)).toBe(true)
  })

  test('that is a picture cut short is kept, and nothing is drawn of it', async () => {
    const file = await keep('cortada.png', (await png()).subarray(0, 60))
    expect(file).toMatchObject({ kind: 'image', hasPreview: false })
    await expect(previewFile(ctx, viewer, file.id)).rejects.toMatchObject({ code: 'not-found' })
  })

  test.each([
    ['nothing.txt', '', 'file-blank'],
    ['factura.pdf', Buffer.from('4d5a90000300000004000000ffff0000b8000000', 'hex'), 'file-is-program'],
    ['foto.jpg', '<!doctype html><script>alert(1)</script>', 'file-not-what-it-says'],
    ['correo.eml', 'Hola, esto no es un correo.', 'file-not-what-it-says'],
    ['abrir.exe', 'texto', 'file-is-program'],
    ['grande.bin', randomBytes(300_001), 'file-too-large'],
    ['\u202E', 'texto', 'file-name-empty'],
  ])('%s is refused and leaves nothing', async (name, content, code) => {
    const before = await held()
    await expect(keep(name, content)).rejects.toMatchObject({ code })
    expect(await held()).toEqual(before)
  })

  test('that breaks off in the middle leaves nothing', async () => {
    const before = await held()
    async function* broken() {
      yield Buffer.from('half')
      throw new Error('connection reset')
    }
    await expect(keep('nota.txt', Readable.from(broken()))).rejects.toMatchObject({ code: 'file-interrupted' })
    expect(await held()).toEqual(before)
  })

  test('is found by any word of its name, description or e-mail, whatever the accents, and no wildcard acts', async () => {
    await keep('Cotización ÑANDÚ 100%.csv', 'a,b')
    const found = async (q: string) => (await listFiles(ctx, viewer, customerId, { q })).items.map((one) => one.name)
    expect(await found('nandu cotizacion')).toEqual(['Cotización ÑANDÚ 100%.csv'])
    expect(await found('100%')).toEqual(['Cotización ÑANDÚ 100%.csv'])
    expect(await found('1_0')).toEqual([])
  })
})

const eml = (html: string, extra = '') =>
  [
    'From: =?utf-8?Q?Luc=C3=ADa_Pe=C3=B1a?= <Lucia@Almacen.test>',
    'To: Ventas <ventas@casa.test>, otra@casa.test',
    'Cc: Jefe <jefe@casa.test>',
    'Subject: =?utf-8?Q?Pedido_de_a=C3=B1o_nuevo?=',
    'Date: Mon, 02 Feb 2026 08:30:00 -0500',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    html,
    '--b',
    'Content-Type: text/csv; name="precios.csv"',
    'Content-Disposition: attachment; filename="precios.csv"',
    '',
    'codigo,precio',
    '--b',
    'Content-Type: text/plain',
    'Content-Disposition: attachment; filename="../../virus\u202Etxt.exe"',
    '',
    'x',
    extra,
    '--b--',
    '',
  ].join('\r\n')

describe('an e-mail', () => {
  test('shows who wrote to whom, when and what, stands on the timeline at its own date, and gives out its attachments', async () => {
    const file = await keep('pedido.eml', eml('<p>Necesitamos <b>cien</b> cajas.</p>'))
    expect(file).toMatchObject({
      kind: 'mail',
      category: 'correspondence',
      mail: {
        subject: 'Pedido de año nuevo',
        from: { name: 'Lucía Peña', address: 'lucia@almacen.test' },
        sentAt: '2026-02-02T13:30:00.000Z',
      },
    })
    const mail = await readFileMail(ctx, viewer, file.id)
    expect(mail.recipients.map(({ as, address }) => `${as} ${address}`)).toEqual([
      'to ventas@casa.test',
      'to otra@casa.test',
      'cc jefe@casa.test',
    ])
    expect(mail.html).toContain('<b>cien</b>')
    expect(mail.text).toBe('Necesitamos cien cajas.')
    expect(mail.attachments.map(({ name }) => name)).toEqual(['precios.csv', '../../virustxt.exe'])
    const first = await downloadMailAttachment(ctx, viewer, file.id, 0)
    expect([first.name, first.mediaType, String(first.content).trim()]).toEqual([
      'precios.csv',
      'application/octet-stream',
      'codigo,precio',
    ])
    expect((await downloadMailAttachment(ctx, viewer, file.id, 1)).name).toBe('virustxt.exe')
    await expect(downloadMailAttachment(ctx, viewer, file.id, 9)).rejects.toMatchObject({ code: 'not-found' })
    const { items } = await customerTimeline(ctx, viewer, customerId, { kind: 'file' })
    expect(items.find((one) => one.id === file.id)).toMatchObject({
      at: '2026-02-02T13:30:00.000Z',
      title: 'Pedido de año nuevo',
      address: 'lucia@almacen.test',
      text: 'Necesitamos cien cajas.',
      detail: 'mail',
    })
    expect((await listFiles(ctx, viewer, customerId, { q: 'cajas' })).items.map((one) => one.id)).toEqual([file.id])
  })

  test('runs nothing and asks for nothing: of its HTML only what shows text stays', async () => {
    const file = await keep(
      'malo.eml',
      eml(
        `<style>@import url(https://fuera.test/a.css)</style><script>alert(1)</script><p onclick="x()" style="background:url(https://fuera.test/b.png);color:red;position:fixed">Hola</p>
        <img src="https://fuera.test/pixel.gif"><img src="//fuera.test/c.png"><img src="data:image/svg+xml,<svg onload=x()>"><iframe src="https://fuera.test"></iframe>
        <a href="javascript:x()">uno</a><a href="https://banco.test/">dos</a><form action="https://fuera.test"><input name="clave"></form><svg><use href="#x"/></svg>
        <link rel=stylesheet href="https://fuera.test/d.css"><meta http-equiv=refresh content="0;url=https://fuera.test"><base href="https://fuera.test/">`,
      ),
    )
    const { html, blockedImages } = await readFileMail(ctx, viewer, file.id)
    expect(html).toContain('<p style="color:red">Hola</p>')
    expect(html).toContain('<a href="https://banco.test/" target="_blank" rel="noopener noreferrer">dos</a>')
    expect(html).not.toMatch(
      /fuera\.test|javascript|alert|onclick|onload|<(?:img|iframe|form|input|style|script|svg|link|meta|base)/i,
    )
    expect(blockedImages).toBe(2)
  })

  test('shows the pictures that it carries itself, and those alone', async () => {
    const picture = (await png()).toString('base64')
    const part = `--b\r\nContent-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n${picture}\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <falsa@x>\r\n\r\n<svg onload=x()>`
    const file = await keep('logo.eml', eml('<img src="cid:logo@x" alt="Logo"><img src="cid:falsa@x" alt="Falsa">', part))
    const { html } = await readFileMail(ctx, viewer, file.id)
    expect(html).toContain(`<img src="data:image/png;base64,${picture.slice(0, 40)}`)
    expect(html?.match(/<img/g)).toHaveLength(1)
    expect(html).toContain('[Falsa]')
  })

  test('whose date is in the future or impossible stands where it was kept', async () => {
    for (const date of ['Fri, 01 Jan 2027 00:00:00 +0000', 'ayer']) {
      const file = await keep('fecha.eml', eml('<p>x</p>').replace(/^Date: .*$/m, `Date: ${date}`))
      const [row] = await database.db.select().from(customerFiles).where(eq(customerFiles.id, file.id))
      expect(row?.happenedAt).toEqual(ctx.now())
    }
  })

  test('of Outlook (.msg) with HTML is read like any other, its attachments too', async () => {
    const file = await keep(
      'RE Pedido.msg',
      msgFile({
        message: {
          subject: 'RE: Pedido',
          senderName: 'Lucía Peña',
          senderAddressType: 'EX',
          senderEmail: '/O=ALMACEN/OU=EXCHANGE/CN=RECIPIENTS/CN=LUCIA',
          senderSmtpAddress: 'lucia@almacen.test',
          clientSubmitTime: new Date('2026-02-03T10:15:00Z'),
          body: 'Texto',
          html: Buffer.from('<html><body><p>A\u00f1o nuevo</p><script>x()</script></body></html>', 'latin1'),
          internetCodepage: 28591,
        },
        recipients: [
          { recipientType: 1, displayName: 'Ventas', addressType: 'SMTP', emailAddress: 'ventas@casa.test' },
          { recipientType: 2, displayName: 'Jefe', addressType: 'EX', emailAddress: '/O=X', smtpAddress: 'jefe@casa.test' },
        ],
        attachments: [
          {
            attachData: Buffer.from('codigo,precio\r\n'),
            attachLongFilename: 'lista de precios.csv',
            attachFilename: 'LISTAD~1.CSV',
            attachExtension: '.csv',
          },
        ],
      }),
    )
    expect(file.mail).toEqual({
      subject: 'RE: Pedido',
      from: { name: 'Lucía Peña', address: 'lucia@almacen.test' },
      sentAt: '2026-02-03T10:15:00.000Z',
    })
    const mail = await readFileMail(ctx, viewer, file.id)
    expect(mail.recipients).toEqual([
      { name: 'Ventas', address: 'ventas@casa.test', as: 'to' },
      { name: 'Jefe', address: 'jefe@casa.test', as: 'cc' },
    ])
    expect(mail.html?.trim()).toBe('<p>Año nuevo</p>')
    expect(mail.attachments).toEqual([{ index: 0, name: 'lista de precios.csv', size: 15 }])
    expect(String((await downloadMailAttachment(ctx, viewer, file.id, 0)).content)).toBe('codigo,precio\r\n')
  })

  test.each([
    [
      'HTML inside',
      String.raw`{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag64 <p>}Estimada Luc\'eda{\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 gracias{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0{\*\htmltag72 </p>}}`,
      '<p>Estimada Lucía<b>gracias</b></p>',
      'Estimada Lucíagracias',
    ],
    [
      'no HTML',
      String.raw`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl;\red0\green0\blue0;}{\*\generator Riched20;}\pard Estimada Luc\'eda:\par Precio \u8364? 20 \{neto\}\par}`,
      null,
      'Estimada Lucía:\nPrecio € 20 {neto}',
    ],
  ])('of Outlook whose body is rich text with %s is read', async (_, rtf, html, text) => {
    const file = await keep(
      'rico.msg',
      msgFile({ message: { subject: 'Rico', senderName: 'Lucía', compressedRtf: compressedRtf(rtf) } }),
    )
    const mail = await readFileMail(ctx, viewer, file.id)
    expect([mail.html?.trim() ?? null, mail.text]).toEqual([html, text])
  })

  test.each([
    ['a workbook called .msg', 'x.msg', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), randomBytes(4000)])],
    ['a .msg cut short', 'x.msg', msgFile({ message: { subject: 'x', body: 'y'.repeat(9000) } }).subarray(0, 3000)],
  ])('that cannot be read as one (%s) is refused and leaves nothing', async (_, name, bytes) => {
    const before = await held()
    await expect(keep(name, bytes)).rejects.toMatchObject({ code: 'file-not-what-it-says' })
    expect(await held()).toEqual(before)
    expect(await database.db.$count(customerFileMails, eq(customerFileMails.fromName, 'x'))).toBe(0)
  })
})

describe('a server that is killed in the middle', () => {
  const script = fileURLToPath(new URL('../testing/receive-file.ts', import.meta.url))

  async function killed(where: 'arriving' | 'stored') {
    const child = spawn(process.execPath, ['--import', 'tsx', script, database.url, folder, viewer.userId, customerId, where], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  test.each(['arriving', 'stored'] as const)('while a file is %s leaves nothing once it is swept', async (where) => {
    ctx.at('2026-03-02T15:00:00Z')
    const before = await held()
    await killed(where)
    const left = await held()
    expect(left).not.toEqual(before)
    // It may still be coming.
    await sweepArrivals(ctx)
    expect(await held()).toEqual(left)
    expect((await listFiles(ctx, viewer, customerId, { q: 'nota' })).items).toEqual([])
    ctx.at('2026-03-02T16:00:01Z')
    await sweepArrivalsJob.perform(ctx, {})
    expect(await held()).toEqual(before)
    expect(await sweepArrivals(ctx)).toEqual({ rows: 0, arrivals: 0 })
    ctx.at('2026-03-02T15:00:00Z')
  })

  test('bytes that no row speaks of go once they are a week old; what is not named as ours, and what a row speaks of, stays', async () => {
    const now = Date.now()
    const old = v7({ msecs: now - 8 * 86_400_000 })
    const young = v7({ msecs: now - 6 * 86_400_000 })
    const foreign = randomUUID()
    const before = await keysOf()
    for (const key of [old, previewKey(old), young, foreign]) await store.put(key, Buffer.from('x'))
    ctx.at(new Date(now).toISOString())
    await sweepStrayBytesJob.perform(ctx, {})
    expect(await sweepStrayBytes(ctx)).toEqual({ keys: 0 })
    expect(await keysOf()).toEqual([...before, young, foreign].sort())
    ctx.at('2026-03-02T15:00:00Z')
  })
})
