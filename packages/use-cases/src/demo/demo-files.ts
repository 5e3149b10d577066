import { createHash } from 'node:crypto'
import type { Transaction } from '@cartera/db/connect'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import { addDays } from '@cartera/domain/calendar-day'
import sharp from 'sharp'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { renderPdf } from '../exports/render-pdf.ts'
import { previewKey } from '../files/keep-file.ts'
import type { WorkingHours } from './working-hours.ts'

interface Holder {
  id: string
  name: string
  ownerId: string
}

type Row = typeof customerFiles.$inferInsert

/** A sketch of a shop front, so that a picture has something to show. */
const storefront = (name: string) => {
  const safe = name
    .replace(/[<>&"]/g, '')
    .toUpperCase()
    .slice(0, 26)
  const window = (x: number) =>
    `<rect x="${x}" y="430" width="300" height="290" fill="#bfd7e4"/><path d="M${x} 620 L${x + 300} 470" stroke="#eaf3f8" stroke-width="14"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="900"><rect width="1280" height="900" fill="#cfe3ee"/>
    <rect y="740" width="1280" height="160" fill="#8d8f92"/><rect x="90" y="230" width="1100" height="520" fill="#e7dfd0"/>
    <rect x="90" y="230" width="1100" height="110" fill="#14506b"/><text x="640" y="302" font-family="sans-serif" font-size="52" fill="#fff" text-anchor="middle">${safe}</text>
    ${window(150)}${window(830)}<rect x="520" y="430" width="240" height="320" fill="#5b4634"/><rect x="640" y="430" width="4" height="320" fill="#3d2f23"/></svg>`
}

/** What a .eml holds, as a customer's mail program writes it. */
const orderMail = (holder: Holder, sentAt: Date) =>
  [
    `From: =?utf-8?B?${Buffer.from(`Compras ${holder.name}`).toString('base64')}?= <compras@cliente.test>`,
    'To: Ventas Distribuidora Andina <ventas@demo.cartera.test>',
    `Subject: =?utf-8?B?${Buffer.from('Orden de compra 4471 y condiciones de entrega').toString('base64')}?=`,
    `Date: ${sentAt.toUTCString()}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="demo"',
    '',
    '--demo',
    'Content-Type: text/html; charset=utf-8',
    '',
    orderHtml,
    '--demo',
    'Content-Type: text/csv; charset=utf-8; name="orden-4471.csv"',
    'Content-Disposition: attachment; filename="orden-4471.csv"',
    '',
    orderLines,
    '--demo--',
    '',
  ].join('\r\n')
const orderHtml =
  '<p>Buenas tardes:</p><p>Adjunto la orden de compra <b>4471</b>. Por favor despachar en <b>dos entregas</b>: la primera esta semana y la segunda a fin de mes.</p><table border="1" cellpadding="6" style="border-collapse:collapse"><tr><th>Producto</th><th>Cantidad</th></tr><tr><td>Cemento gris 50 kg</td><td align="right">400</td></tr><tr><td>Varilla corrugada 3/8"</td><td align="right">250</td></tr></table><p>La factura a 45 días, como en el contrato.</p><p>Saludos cordiales,<br>Departamento de Compras</p>'
const orderText =
  'Buenas tardes:\n\nAdjunto la orden de compra 4471. Por favor despachar en dos entregas: la primera esta semana y la segunda a fin de mes.\n\nLa factura a 45 días, como en el contrato.\n\nSaludos cordiales,\nDepartamento de Compras'
const orderLines = 'codigo,producto,cantidad\r\nCEM-50,Cemento gris 50 kg,400\r\nVAR-38,"Varilla corrugada 3/8""",250'

const tariffLines = (change: number) =>
  `codigo,producto,precio\r\nCEM-50,Cemento gris 50 kg,${31_900 + change * 1400}\r\nVAR-38,"Varilla corrugada 3/8""",${24_500 + change * 900}`

/** Some customers with a contract, a picture of their shop and an e-mail with an order. The bytes come first: what the demo cannot keep it does not show. */
export async function fillFiles(
  tx: Transaction,
  ctx: AppContext,
  input: { holders: readonly Holder[]; today: string; hours: WorkingHours },
): Promise<void> {
  // One for all: a document takes longer than everything else here.
  const contract = await renderPdf({
    title: 'Contrato de suministro a crédito',
    language: 'es',
    company: { name: 'Distribuidora Andina', taxId: '900.731.204-2' },
    madeAt: ctx.now(),
    blocks: [
      {
        kind: 'text',
        tone: 'letter',
        text: 'Entre Distribuidora Andina y el cliente se conviene el suministro de materiales con pago a 45 días desde la fecha de cada factura.',
      },
      {
        kind: 'text',
        tone: 'letter',
        text: 'El cupo de crédito se revisa cada seis meses con los estados financieros del cliente.',
      },
    ],
  })
  for (const [index, holder] of input.holders.entries()) {
    const instant = (daysAgo: number) => input.hours.near(input.hours.at(addDays(input.today, -daysAgo), 0.2 + index / 10))
    const signedAt = instant(70 + index * 3)
    const picture = await sharp(Buffer.from(storefront(holder.name)))
      .jpeg({ quality: 80 })
      .toBuffer()
    const sentAt = instant(4 + index)
    const kept = async (
      content: Buffer,
      row: Omit<Row, 'customerId' | 'ownerId' | 'size' | 'sha256' | 'happenedAt'> & { createdAt: Date; happenedAt?: Date },
    ) => {
      const id = v7()
      await ctx.files.put(id, content)
      await tx.insert(customerFiles).values({
        happenedAt: row.createdAt,
        ...row,
        id,
        customerId: holder.id,
        ownerId: holder.ownerId,
        createdBy: holder.ownerId,
        state: 'kept',
        size: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
      })
      return id
    }
    await kept(contract, {
      name: 'Contrato de suministro firmado.pdf',
      description: 'Firmado por ambas partes. Vence a los dos años.',
      category: 'contract',
      mediaType: 'application/pdf',
      kind: 'pdf',
      createdAt: signedAt,
    })
    const tariff = {
      name: 'Tarifa acordada.csv',
      description: 'Precios especiales del cliente.',
      category: 'financial' as const,
      mediaType: 'text/csv',
      kind: 'spreadsheet' as const,
    }
    const newAt = instant(12 + index)
    const former = await kept(Buffer.from(tariffLines(-1)), { ...tariff, createdAt: instant(40 + index), supersededAt: newAt })
    await kept(Buffer.from(tariffLines(0)), { ...tariff, createdAt: newAt, seriesId: former, revision: 2 })
    const shop = await kept(picture, {
      name: 'Fachada del local.jpg',
      description: 'Tomada en la visita de apertura del crédito.',
      category: 'image',
      mediaType: 'image/jpeg',
      kind: 'image',
      hasPreview: true,
      createdAt: instant(60 + index),
    })
    await ctx.files.put(previewKey(shop), await sharp(picture).webp({ quality: 82 }).toBuffer())
    const mail = await kept(Buffer.from(orderMail(holder, sentAt)), {
      name: 'Orden de compra 4471.eml',
      category: 'correspondence',
      mediaType: 'message/rfc822',
      kind: 'mail',
      createdAt: instant(3 + index),
      happenedAt: sentAt,
    })
    await tx.insert(customerFileMails).values({
      fileId: mail,
      fromName: `Compras ${holder.name}`,
      fromAddress: 'compras@cliente.test',
      recipients: [{ name: 'Ventas Distribuidora Andina', address: 'ventas@demo.cartera.test', as: 'to' }],
      subject: 'Orden de compra 4471 y condiciones de entrega',
      sentAt,
      html: orderHtml,
      body: orderText,
      attachments: [{ index: 0, name: 'orden-4471.csv', size: Buffer.byteLength(orderLines) }],
    })
  }
}
