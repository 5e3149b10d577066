import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { startImapServer } from './imap-server.ts'
import { answerInboxRequest } from './mail-inbox-pages.ts'
import { explainFileError } from './operator-error.ts'
import { freePort } from './ports.ts'

/** A mail that the inbox accepted. */
export interface ReceivedMail {
  id: string
  receivedAt: Date
  envelope: { from: string; to: string[] }
  /** The bytes as they came over the wire (dots unstuffed, nothing else changed). */
  raw: Buffer
  parsed: Email
}

/** A real SMTP server that delivers to nobody, with a page that shows what came. */
export interface MailInbox {
  smtpUrl: string
  smtpPort: number
  /** Each address's mails can be read here by IMAP, in the clear, with the address as user and any password. */
  imapPort: number
  webUrl: string
  /** Newest first. */
  mails(): readonly ReceivedMail[]
  /** Newest first; every word must stand in the subject, an address or the text, accents and case aside. */
  search(words: string): ReceivedMail[]
  /** The first mail, present or yet to come, that fulfils `wanted`; rejects after `timeoutMs` (20 s unless told). */
  waitFor(wanted: (mail: ReceivedMail) => boolean, timeoutMs?: number): Promise<ReceivedMail>
  clear(): void
  stop(): Promise<void>
}

export interface MailInboxOptions {
  /** Where each mail is kept as `.eml` with its envelope beside it. */
  folder: string
  /** Wished loopback ports; the next free one is taken where they are busy. */
  smtpPort?: number
  webPort?: number
  imapPort?: number
}

const keptMails = 500
const largestMailBytes = 25_000_000

/** Starts the inbox of the demo company and of the browser journeys. Any user name and password is accepted. */
export async function startMailInbox(options: MailInboxOptions): Promise<MailInbox> {
  const { folder } = options
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw explainFileError(error, folder)
  }
  let mails = await readKeptMails(folder)
  const listeners = new Set<(mail: ReceivedMail) => void>()

  const accept = async (raw: Buffer, envelope: ReceivedMail['envelope']) => {
    const receivedAt = new Date()
    const id = `${receivedAt.toISOString().replaceAll(/\D/g, '')}-${randomBytes(4).toString('hex')}`
    // On disk before the answer 250, as a mail server does.
    await writeFile(join(folder, `${id}.json`), JSON.stringify({ receivedAt, envelope }), { mode: 0o600 })
    await writeFile(join(folder, `${id}.eml.new`), raw, { mode: 0o600 })
    await rename(join(folder, `${id}.eml.new`), join(folder, `${id}.eml`))
    const mail = { id, receivedAt, envelope, raw, parsed: await PostalMime.parse(raw) }
    mails = [mail, ...mails]
    for (const old of mails.slice(keptMails)) forget(folder, old.id)
    mails = mails.slice(0, keptMails)
    for (const listener of listeners) listener(mail)
  }

  const smtp = new SMTPServer({
    banner: 'Cartera inbox',
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: largestMailBytes,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? '' }),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (stream.sizeExceeded) {
          done(Object.assign(new Error('message too large'), { responseCode: 552 }))
          return
        }
        const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
        accept(Buffer.concat(chunks), { from, to: session.envelope.rcptTo.map((recipient) => recipient.address) }).then(
          () => done(),
          (error: Error) => done(Object.assign(error, { responseCode: 451 })),
        )
      })
    },
  })
  smtp.on('error', () => undefined)
  const smtpPort = await freePort(options.smtpPort)
  await new Promise<void>((resolve, reject) => {
    smtp.once('error', reject)
    smtp.listen(smtpPort, '127.0.0.1', () => resolve())
  })

  // Counted from the start: a mail keeps its number while the inbox runs.
  const numbers = new Map<string, number>()
  const numberOf = (id: string) => {
    const known = numbers.get(id)
    if (known !== undefined) return known
    numbers.set(id, numbers.size + 1)
    return numbers.size
  }
  const startedAt = Math.floor(Date.now() / 1000)
  const imap = await startImapServer({
    port: await freePort(options.imapPort),
    uidValidity: () => startedAt,
    mails: (user, folder) =>
      [...mails]
        .reverse()
        .map((mail) => ({ uid: numberOf(mail.id), mail }))
        .filter(({ mail }) => {
          const written = folder === 'INBOX' ? mail.envelope.to : [mail.envelope.from]
          return written.some((address) => address.toLowerCase() === user.toLowerCase())
        })
        .map(({ uid, mail }) => ({ uid, receivedAt: mail.receivedAt, raw: mail.raw })),
  })

  const inbox: Omit<MailInbox, 'webUrl' | 'stop'> = {
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    smtpPort,
    imapPort: imap.port,
    mails: () => mails,
    search: (words) => mails.filter((mail) => matches(mail, words)),
    waitFor: (wanted, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        const present = mails.find(wanted)
        if (present) {
          resolve(present)
          return
        }
        const listener = (mail: ReceivedMail) => {
          if (!wanted(mail)) return
          clearTimeout(timer)
          listeners.delete(listener)
          resolve(mail)
        }
        const timer = setTimeout(() => {
          listeners.delete(listener)
          const came = mails.map((mail) => `${mail.parsed.subject} -> ${mail.envelope.to.join(', ')}`)
          reject(new Error(`the mail did not come within ${timeoutMs} ms; in the inbox: ${came.join(' | ') || 'nothing'}`))
        }, timeoutMs)
        listeners.add(listener)
      }),
    clear: () => {
      for (const mail of mails) forget(folder, mail.id)
      mails = []
    },
  }

  const webPort = await freePort(options.webPort)
  const web: Server = createServer((request, response) => answerInboxRequest(inbox, webPort, request, response))
  await new Promise<void>((resolve, reject) => {
    web.once('error', reject)
    web.listen(webPort, '127.0.0.1', () => resolve())
  })

  return {
    ...inbox,
    webUrl: `http://localhost:${webPort}`,
    stop: async () => {
      web.closeAllConnections()
      await Promise.all([
        imap.stop(),
        new Promise<void>((resolve) => web.close(() => resolve())),
        new Promise<void>((resolve) => smtp.close(() => resolve())),
      ])
    },
  }
}

async function readKeptMails(folder: string): Promise<ReceivedMail[]> {
  const ids = readdirSync(folder)
    .filter((name) => name.endsWith('.eml'))
    .map((name) => name.slice(0, -'.eml'.length))
    .sort()
    .reverse()
  for (const old of ids.slice(keptMails)) forget(folder, old)
  const kept: ReceivedMail[] = []
  for (const id of ids.slice(0, keptMails)) {
    try {
      const { receivedAt, envelope } = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8'))
      const raw = readFileSync(join(folder, `${id}.eml`))
      kept.push({ id, receivedAt: new Date(receivedAt), envelope, raw, parsed: await PostalMime.parse(raw) })
    } catch {
      // A mail damaged by a broken off write must not keep the demo from starting.
    }
  }
  return kept
}

function forget(folder: string, id: string): void {
  rmSync(join(folder, `${id}.eml`), { force: true })
  rmSync(join(folder, `${id}.json`), { force: true })
}

function matches(mail: ReceivedMail, words: string): boolean {
  const fold = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const { parsed, envelope } = mail
  const text = fold(
    [
      parsed.subject,
      parsed.from?.name,
      parsed.from?.address,
      envelope.from,
      ...envelope.to,
      parsed.messageId,
      parsed.text,
      parsed.html,
    ]
      .filter(Boolean)
      .join('\n'),
  )
  return fold(words)
    .split(/\s+/)
    .every((word) => text.includes(word))
}
