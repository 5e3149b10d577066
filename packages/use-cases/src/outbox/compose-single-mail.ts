import { writeMail } from '../mime/write-mail.ts'

export interface MailContent {
  subject: string
  text: string
  html: string
  attachment?: { name: string; type: string; content: Buffer }
}

const oneLine = (value: string) => value.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()

/** A mail exactly as handed to the server. `automatic`: nobody wrote it, so nobody's holiday answer is wanted. */
export function composeSingleMail(
  head: {
    fromName: string
    fromAddress: string
    to: { address: string; name: string }
    messageId: string
    date: Date
    automatic: boolean
  },
  content: MailContent,
): Buffer {
  const { attachment } = content
  return writeMail({
    from: { name: oneLine(head.fromName), address: head.fromAddress },
    to: [{ name: oneLine(head.to.name), address: head.to.address }],
    subject: oneLine(content.subject),
    messageId: head.messageId,
    date: head.date,
    headers: head.automatic ? { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } : {},
    text: content.text,
    html: content.html,
    files: attachment === undefined ? [] : [{ name: attachment.name, mediaType: attachment.type, content: attachment.content }],
  })
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const e = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign)

export type MailBlock =
  | { kind: 'title' | 'text' | 'warning'; text: string }
  | { kind: 'facts'; rows: readonly (readonly [string, string])[] }
  | { kind: 'table'; title: string; header: readonly string[]; rows: readonly (readonly string[])[]; more: string | null }
  | { kind: 'link'; text: string; url: string }

const cell = 'padding:6px 12px 6px 0;border-bottom:1px solid #e5e7eb;text-align:left;vertical-align:top'

function htmlOf(block: MailBlock): string {
  switch (block.kind) {
    case 'title':
      return `<h1 style="font-size:20px;margin:0 0 12px;color:#111827">${e(block.text)}</h1>`
    case 'text':
      return `<p style="margin:0 0 12px">${e(block.text).replaceAll('\n', '<br>')}</p>`
    case 'warning':
      return `<p style="margin:0 0 12px;padding:10px 12px;background:#fef2f2;border-left:4px solid #b91c1c;color:#7f1d1d">${e(block.text)}</p>`
    case 'facts':
      return `<table role="presentation" style="border-collapse:collapse;margin:0 0 16px">${block.rows
        .map(
          ([name, value]) =>
            `<tr><td style="${cell};color:#4b5563">${e(name)}</td><td style="${cell};font-weight:600">${e(value)}</td></tr>`,
        )
        .join('')}</table>`
    case 'table':
      return `<h2 style="font-size:15px;margin:20px 0 6px;color:#111827">${e(block.title)}</h2><table style="border-collapse:collapse;width:100%;margin:0 0 12px;font-size:14px"><tr>${block.header
        .map((name) => `<th style="${cell};color:#4b5563;font-weight:600">${e(name)}</th>`)
        .join('')}</tr>${block.rows
        .map((row) => `<tr>${row.map((value) => `<td style="${cell}">${e(value)}</td>`).join('')}</tr>`)
        .join('')}</table>${block.more === null ? '' : `<p style="margin:6px 0 12px;color:#4b5563">${e(block.more)}</p>`}`
    case 'link':
      return `<p style="margin:16px 0"><a href="${e(block.url)}" style="color:#1d4ed8">${e(block.text)}</a></p>`
  }
}

function textOf(block: MailBlock): string {
  switch (block.kind) {
    case 'title':
      return `${block.text}\n${'='.repeat(Math.min(block.text.length, 70))}`
    case 'text':
      return block.text
    case 'warning':
      return `! ${block.text}`
    case 'facts':
      return block.rows.map(([name, value]) => `${name}: ${value}`).join('\n')
    case 'table':
      return [
        `${block.title}`,
        ...block.rows.map((row) => `- ${row.join(' · ')}`),
        ...(block.more === null ? [] : [block.more]),
      ].join('\n')
    case 'link':
      return `${block.text}: ${block.url}`
  }
}

/** One description, both forms: the HTML without pictures or outside addresses, the plain text with the same words. */
export function renderMailBlocks(blocks: readonly MailBlock[], footer: string): { text: string; html: string } {
  return {
    html: `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head><body style="margin:0;padding:24px 16px;background:#f3f4f6"><div style="max-width:640px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px;font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.45;color:#1f2937">${blocks.map(htmlOf).join('')}<p style="margin:20px 0 0;font-size:13px;color:#6b7280">${e(footer)}</p></div></body></html>`,
    text: `${blocks.map(textOf).join('\n\n')}\n\n-- \n${footer}\n`,
  }
}
