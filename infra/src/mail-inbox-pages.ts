import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MailInbox, ReceivedMail } from './mail-inbox.ts'

type Language = 'es' | 'en'

const sentences = {
  es: {
    title: 'Bandeja de la demostración',
    explain: 'Todo correo que sale de la demostración llega aquí y a nadie más.',
    search: 'Buscar en asunto, direcciones y texto',
    empty: 'Todavía no ha llegado ningún correo.',
    nothingFound: 'Ningún correo contiene esas palabras.',
    received: 'Recibido',
    from: 'De',
    to: 'Para',
    subject: 'Asunto',
    noSubject: '(sin asunto)',
    design: 'Diseño',
    plain: 'Texto',
    headers: 'Encabezados',
    raw: 'Original',
    download: 'Descargar .eml',
    attachments: 'Adjuntos',
    back: 'Volver a la bandeja',
    clear: 'Vaciar',
    notFound: 'Este correo ya no está en la bandeja.',
    noBody: 'Este correo no tiene esta parte.',
    count: (count: number) => (count === 1 ? '1 correo' : `${count} correos`),
  },
  en: {
    title: 'Demo inbox',
    explain: 'Every mail that leaves the demo arrives here and reaches nobody else.',
    search: 'Search subject, addresses and text',
    empty: 'No mail has arrived yet.',
    nothingFound: 'No mail contains these words.',
    received: 'Received',
    from: 'From',
    to: 'To',
    subject: 'Subject',
    noSubject: '(no subject)',
    design: 'Design',
    plain: 'Text',
    headers: 'Headers',
    raw: 'Raw',
    download: 'Download .eml',
    attachments: 'Attachments',
    back: 'Back to the inbox',
    clear: 'Empty',
    notFound: 'This mail is no longer in the inbox.',
    noBody: 'This mail does not have this part.',
    count: (count: number) => (count === 1 ? '1 mail' : `${count} mails`),
  },
} as const

const views = ['design', 'plain', 'headers', 'raw'] as const
type View = (typeof views)[number]

type PageInbox = Pick<MailInbox, 'mails' | 'search' | 'clear'>

interface Answer {
  status: number
  type: string
  body: string | Buffer
  headers?: Record<string, string>
}

const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

/** Answers one request of the inbox's page. Mail is written by strangers: its HTML is shown in a sandbox without any request outside. */
export function answerInboxRequest(inbox: PageInbox, port: number, request: IncomingMessage, response: ServerResponse): void {
  const answer = answerTo(inbox, port, request)
  response.writeHead(answer.status, {
    'content-type': /^text|json/.test(answer.type) ? `${answer.type}; charset=utf-8` : answer.type,
    'content-security-policy': pagePolicy,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    ...answer.headers,
  })
  response.end(answer.body)
}

function answerTo(inbox: PageInbox, port: number, request: IncomingMessage): Answer {
  // Other names for this address come from pages elsewhere (DNS rebinding); they must not read the mail.
  const isOurs = [`localhost:${port}`, `127.0.0.1:${port}`].includes(request.headers.host ?? '')
  if (!isOurs) return refusal(403, 'forbidden')
  const url = new URL(request.url ?? '/', `http://localhost:${port}`)
  const language = languageOf(url, request)
  if (request.method === 'POST' && url.pathname === '/clear') {
    if (request.headers.origin && !request.headers.origin.endsWith(`:${port}`)) return refusal(403, 'forbidden')
    inbox.clear()
    return { status: 303, type: 'text/plain', body: '', headers: { location: `/?lang=${language}` } }
  }
  if (request.method !== 'GET') return refusal(405, 'method not allowed')
  const query = url.searchParams.get('q') ?? ''
  if (url.pathname === '/') return { status: 200, type: 'text/html', body: listPage(inbox, query, language) }
  if (url.pathname === '/api/mails') {
    const items = (query ? inbox.search(query) : inbox.mails()).map(summaryOf)
    return { status: 200, type: 'application/json', body: JSON.stringify({ items }) }
  }
  const [collection, id, part, index] = url.pathname.split('/').filter(Boolean)
  const mail = collection === 'mails' ? inbox.mails().find((candidate) => candidate.id === id) : undefined
  if (!mail)
    return { status: 404, type: 'text/html', body: layout(language, `<p class="empty">${sentences[language].notFound}</p>`) }
  return answerForMail(mail, part, index, viewOf(url), language)
}

function answerForMail(
  mail: ReceivedMail,
  part: string | undefined,
  index: string | undefined,
  view: View,
  language: Language,
): Answer {
  if (part === undefined) return { status: 200, type: 'text/html', body: mailPage(mail, view, language) }
  if (part === 'body') {
    const policy = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return { status: 200, type: 'text/html', body: htmlOf(mail), headers: { 'content-security-policy': policy } }
  }
  if (part === 'raw') return download('message/rfc822', mail.raw, `${mail.id}.eml`)
  const attachment = part === 'attachments' ? mail.parsed.attachments[Number(index)] : undefined
  if (!attachment) return refusal(404, 'not found')
  return download('application/octet-stream', bytesOf(attachment.content), attachment.filename ?? 'file')
}

function refusal(status: number, body: string): Answer {
  return { status, type: 'text/plain', body }
}

function download(type: string, body: Buffer, name: string): Answer {
  return {
    status: 200,
    type,
    body,
    headers: { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}` },
  }
}

function languageOf(url: URL, request: IncomingMessage): Language {
  const wished = url.searchParams.get('lang')
  if (wished === 'es' || wished === 'en') return wished
  return /^en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'es'
}

function viewOf(url: URL): View {
  return views.find((view) => view === url.searchParams.get('view')) ?? 'design'
}

/** The HTML of a mail with its own pictures put in, so that it needs no request at all. */
function htmlOf(mail: ReceivedMail): string {
  let html = mail.parsed.html ?? ''
  for (const attachment of mail.parsed.attachments) {
    if (!attachment.contentId) continue
    const data = `data:${attachment.mimeType};base64,${bytesOf(attachment.content).toString('base64')}`
    html = html.replaceAll(`cid:${attachment.contentId.replaceAll(/^<|>$/g, '')}`, () => data)
  }
  return html
}

function bytesOf(content: ArrayBuffer | Uint8Array | string): Buffer {
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as Uint8Array)
}

function summaryOf(mail: ReceivedMail) {
  return {
    id: mail.id,
    receivedAt: mail.receivedAt.toISOString(),
    from: mail.parsed.from?.address ?? mail.envelope.from,
    to: mail.envelope.to,
    subject: mail.parsed.subject ?? '',
    messageId: mail.parsed.messageId ?? null,
  }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

function shownTime(at: Date, language: Language): string {
  const shown = at.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' })
  return `<time datetime="${at.toISOString()}">${escapeHtml(shown)}</time>`
}

function addressOf(address: { name?: string; address?: string } | undefined, fallback: string): string {
  const mailbox = address?.address ?? fallback
  return address?.name ? `${escapeHtml(address.name)} <span class="quiet">${escapeHtml(mailbox)}</span>` : escapeHtml(mailbox)
}

function listPage(inbox: PageInbox, query: string, language: Language): string {
  const t = sentences[language]
  const found = query.trim() ? inbox.search(query) : inbox.mails()
  const rows = found.map((mail) => {
    const href = `/mails/${mail.id}?lang=${language}`
    return `<li><a href="${href}"><span class="who">${escapeHtml(mail.envelope.to.join(', '))}</span><span class="subject">${escapeHtml(mail.parsed.subject ?? '') || t.noSubject}</span><span class="quiet when">${shownTime(mail.receivedAt, language)}</span></a></li>`
  })
  const nothing = `<p class="empty">${query.trim() ? t.nothingFound : t.empty}</p>`
  return layout(
    language,
    `<p class="quiet">${t.explain}</p>
<div class="bar"><form method="get" action="/" role="search"><input type="hidden" name="lang" value="${language}"><input type="search" name="q" value="${escapeHtml(query)}" aria-label="${t.search}" placeholder="${t.search}"></form>
<span class="quiet">${t.count(found.length)}</span>${found.length > 0 && !query.trim() ? `<form method="post" action="/clear?lang=${language}"><button>${t.clear}</button></form>` : ''}</div>
${rows.length > 0 ? `<ul class="mails">${rows.join('\n')}</ul>` : nothing}`,
    query,
  )
}

function mailPage(mail: ReceivedMail, view: View, language: Language): string {
  const t = sentences[language]
  const { parsed } = mail
  const tabs = views.map(
    (name) =>
      `<a href="/mails/${mail.id}?view=${name}&amp;lang=${language}"${name === view ? ' aria-current="page"' : ''}>${t[name]}</a>`,
  )
  const bodies: Record<View, () => string> = {
    design: () =>
      parsed.html
        ? `<iframe sandbox title="${t.design}" src="/mails/${mail.id}/body"></iframe>`
        : `<pre>${escapeHtml(parsed.text ?? '') || t.noBody}</pre>`,
    plain: () => `<pre>${escapeHtml(parsed.text ?? '') || t.noBody}</pre>`,
    headers: () =>
      `<table class="headers">${parsed.headers.map((header) => `<tr><th>${escapeHtml(header.originalKey ?? header.key)}</th><td>${escapeHtml(header.value)}</td></tr>`).join('')}</table>`,
    raw: () => `<pre>${escapeHtml(mail.raw.toString('utf8'))}</pre>`,
  }
  const attachments = parsed.attachments.map(
    (attachment, index) =>
      `<a href="/mails/${mail.id}/attachments/${index}">${escapeHtml(attachment.filename ?? attachment.mimeType)}</a>`,
  )
  return layout(
    language,
    `<p><a href="/?lang=${language}">← ${t.back}</a></p>
<h2>${escapeHtml(parsed.subject ?? '') || t.noSubject}</h2>
<dl><dt>${t.from}</dt><dd>${addressOf(parsed.from, mail.envelope.from)}</dd><dt>${t.to}</dt><dd>${escapeHtml(mail.envelope.to.join(', '))}</dd><dt>${t.received}</dt><dd>${shownTime(mail.receivedAt, language)}</dd>${attachments.length > 0 ? `<dt>${t.attachments}</dt><dd>${attachments.join(' · ')}</dd>` : ''}</dl>
<nav class="tabs">${tabs.join('')}<a class="end" href="/mails/${mail.id}/raw">${t.download}</a></nav>
${bodies[view]()}`,
  )
}

function layout(language: Language, body: string, query: string | null = null): string {
  const t = sentences[language]
  const other = language === 'es' ? 'en' : 'es'
  // The list looks anew every few seconds, but never under the fingers of someone who types or while searching.
  const refresh = query === '' ? '<meta http-equiv="refresh" content="15">' : ''
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${t.title} · Cartera</title>${refresh}
<style>
:root{color-scheme:light dark;--line:light-dark(#e2e8f0,#334155);--quiet:light-dark(#475569,#94a3b8);--accent:light-dark(#1d4ed8,#93c5fd);--ground:light-dark(#fff,#0f172a);--hover:light-dark(#f1f5f9,#1e293b)}
*{box-sizing:border-box}body{margin:0;background:var(--ground);font:15px/1.5 system-ui,sans-serif}main{max-width:64rem;margin:0 auto;padding:1rem}
header{display:flex;gap:1rem;align-items:baseline;border-bottom:1px solid var(--line);padding:.75rem 1rem}header h1{font-size:1.05rem;margin:0}header a:last-child{margin-left:auto}
a{color:var(--accent)}h2{margin:.5rem 0;overflow-wrap:anywhere}.quiet{color:var(--quiet)}
.bar{display:flex;gap:1rem;align-items:center;flex-wrap:wrap}.bar form[role]{flex:1;min-width:14rem}input[type=search]{width:100%;font:inherit;padding:.45rem .7rem;border:1px solid var(--line);border-radius:.4rem;background:transparent}
button{font:inherit;padding:.4rem .8rem;border:1px solid var(--line);border-radius:.4rem;background:transparent;cursor:pointer}
.mails{list-style:none;padding:0;border-top:1px solid var(--line)}.mails a{display:grid;grid-template-columns:minmax(8rem,1fr) 2fr auto;gap:1rem;padding:.55rem .5rem;border-bottom:1px solid var(--line);text-decoration:none;color:inherit}.mails a:hover,.mails a:focus-visible{background:var(--hover)}.mails span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.subject{font-weight:600}
@media(max-width:40rem){.mails a{grid-template-columns:1fr auto}.mails .subject{grid-row:2;grid-column:1/-1}}
dl{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem}dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.tabs{display:flex;gap:.25rem;flex-wrap:wrap;border-bottom:1px solid var(--line);margin-bottom:1rem}.tabs a{padding:.4rem .8rem;text-decoration:none;color:inherit}.tabs a[aria-current]{border-bottom:2px solid var(--accent);color:var(--accent)}.tabs .end{margin-left:auto;color:var(--accent)}
iframe{width:100%;height:70vh;border:1px solid var(--line);border-radius:.4rem;background:#fff;color-scheme:light}pre{white-space:pre-wrap;overflow-wrap:anywhere}
.headers{border-collapse:collapse;width:100%}.headers th,.headers td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}.headers th{white-space:nowrap}.empty{padding:3rem 1rem;text-align:center;color:var(--quiet)}
</style></head>
<body><header><h1>${t.title}</h1><a href="?lang=${other}" lang="${other}">${other === 'es' ? 'Español' : 'English'}</a></header><main>${body}</main></body></html>`
}
