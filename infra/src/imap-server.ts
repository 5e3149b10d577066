import { createServer, type Server, type Socket } from 'node:net'

/** A mail as a mailbox holds it. */
export interface StoredMail {
  /** Grows with each mail of the folder. */
  uid: number
  receivedAt: Date
  raw: Buffer
}

export interface ImapFolder {
  name: string
  /** \Sent, \All ...; none for INBOX. */
  specialUse?: string
}

export interface ImapServerOptions {
  port?: number
  uidValidity?(): number
  folders?: readonly ImapFolder[]
  /** Null where user and password are right, else what the server says. `token` where it is an OAuth2 access token. */
  login?(user: string, secret: string, how: 'password' | 'token'): string | null
  mails(user: string, folder: string): readonly StoredMail[]
  /** Every command as it came, without secrets. */
  onCommand?(command: string): void
  /** Answers a command with silence or an end of the connection, to try what clients do. */
  fault?(command: string): 'silent' | 'drop' | null
}

/**
 * A small honest IMAP4rev1 server on loopback, for tests and the demonstration: it can be read and searched, and nothing in it can be changed.
 * Logins by LOGIN, AUTHENTICATE PLAIN and XOAUTH2; LIST, EXAMINE and SELECT, UID SEARCH, UID FETCH of the members that readers ask for.
 */
export async function startImapServer(
  options: ImapServerOptions,
): Promise<{ port: number; connections(): number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server: Server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket, options)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve())
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

const usualFolders: readonly ImapFolder[] = [{ name: 'INBOX' }, { name: 'Sent', specialUse: '\\Sent' }]
const capabilities = 'IMAP4rev1 SASL-IR LITERAL+ AUTH=PLAIN AUTH=XOAUTH2 SPECIAL-USE UNSELECT ID'

function serve(socket: Socket, options: ImapServerOptions): void {
  const folders = options.folders ?? usualFolders
  const uidValidity = () => options.uidValidity?.() ?? 1
  let user: string | null = null
  let selected: string | null = null
  let waiting = Buffer.alloc(0)
  /** The command that is being read, its literals already in it as quoted strings. */
  let command = ''
  let literal = 0
  let authenticating: { tag: string; how: string } | null = null
  const say = (line: string) => socket.write(`${line}\r\n`)

  const signIn = (tag: string, name: string, secret: string, how: 'password' | 'token') => {
    const no = options.login?.(name, secret, how) ?? null
    if (no === null) {
      user = name
      say(`${tag} OK [CAPABILITY ${capabilities}] signed in`)
    } else say(`${tag} NO [AUTHENTICATIONFAILED] ${no}`)
  }
  const authenticate = (tag: string, how: string, answer: string) => {
    const text = Buffer.from(answer, 'base64').toString('utf8')
    if (how === 'XOAUTH2') {
      const fields = text.split('\u0001')
      const after = (begin: string) => fields.find((field) => field.startsWith(begin))?.slice(begin.length) ?? ''
      const [name, token] = [after('user='), after('auth=Bearer ')]
      signIn(tag, name, token, 'token')
    } else {
      const [, name = '', password = ''] = text.split('\0')
      signIn(tag, name, password, 'password')
    }
  }
  const mailsHere = () => (user === null || selected === null ? [] : options.mails(user, selected))

  const perform = (line: string) => {
    const [tag = '*', verb = '', ...rest] = wordsOf(line)
    const name = verb.toUpperCase()
    const secret = name === 'LOGIN' || name === 'AUTHENTICATE'
    options.onCommand?.(secret ? name : line.slice(tag.length + 1))
    const fault = options.fault?.(name === 'UID' ? `UID ${rest[0] ?? ''}`.toUpperCase() : name) ?? null
    if (fault === 'drop') return void socket.destroy()
    if (fault === 'silent') return
    switch (name) {
      case 'CAPABILITY':
        say(`* CAPABILITY ${capabilities}`)
        return void say(`${tag} OK done`)
      case 'ID':
        say('* ID NIL')
        return void say(`${tag} OK done`)
      case 'NOOP':
      case 'CHECK':
        return void say(`${tag} OK done`)
      case 'LOGOUT':
        say('* BYE until next time')
        say(`${tag} OK done`)
        return void socket.end()
      case 'LOGIN':
        return signIn(tag, rest[0] ?? '', rest[1] ?? '', 'password')
      case 'AUTHENTICATE': {
        const how = (rest[0] ?? '').toUpperCase()
        if (rest[1] !== undefined) return authenticate(tag, how, rest[1])
        authenticating = { tag, how }
        return void say('+ ')
      }
    }
    if (user === null) return void say(`${tag} NO sign in first`)
    switch (name) {
      case 'NAMESPACE':
        say('* NAMESPACE (("" "/")) NIL NIL')
        return void say(`${tag} OK done`)
      case 'LIST':
      case 'LSUB':
        if ((rest[1] ?? '') === '') say(`* ${name} (\\Noselect) "/" ""`)
        for (const folder of folders.filter((each) => fitsPattern(each.name, `${rest[0] ?? ''}${rest[1] ?? ''}`)))
          say(`* ${name} (\\HasNoChildren${folder.specialUse ? ` ${folder.specialUse}` : ''}) "/" "${folder.name}"`)
        return void say(`${tag} OK done`)
      case 'SELECT':
      case 'EXAMINE': {
        const wanted = rest[0] ?? ''
        const folder = folders.find((each) => each.name.toLowerCase() === wanted.toLowerCase())
        if (!folder) return void say(`${tag} NO [NONEXISTENT] no folder ${wanted}`)
        selected = folder.name
        const mails = mailsHere()
        say(`* ${mails.length} EXISTS`)
        say('* 0 RECENT')
        say('* FLAGS (\\Seen \\Answered)')
        say(`* OK [UIDVALIDITY ${uidValidity()}] valid`)
        say(`* OK [UIDNEXT ${(mails.at(-1)?.uid ?? 0) + 1}] next`)
        return void say(`${tag} OK [${name === 'EXAMINE' ? 'READ-ONLY' : 'READ-WRITE'}] done`)
      }
      case 'CLOSE':
      case 'UNSELECT':
        selected = null
        return void say(`${tag} OK done`)
      case 'UID': {
        const what = (rest[0] ?? '').toUpperCase()
        if (what === 'SEARCH') {
          const found = mailsHere().filter((mail) => matches(mail, rest.slice(1)))
          say(`* SEARCH${found.map((mail) => ` ${mail.uid}`).join('')}`)
          return void say(`${tag} OK done`)
        }
        if (what === 'FETCH') {
          const asked = line.slice(line.toUpperCase().indexOf('FETCH') + 6)
          const set = asked.split(' ')[0] ?? ''
          for (const [index, mail] of mailsHere().entries())
            if (inSet(mail.uid, set, mailsHere().at(-1)?.uid ?? 0)) writeMail(socket, index + 1, mail, asked)
          return void say(`${tag} OK done`)
        }
        return void say(`${tag} NO this mailbox can only be read`)
      }
      default:
        say(`${tag} NO this mailbox can only be read`)
    }
  }

  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk])
    for (;;) {
      if (literal > 0) {
        if (waiting.length < literal) return
        command += JSON.stringify(waiting.subarray(0, literal).toString('utf8'))
        waiting = waiting.subarray(literal)
        literal = 0
      }
      const end = waiting.indexOf('\r\n')
      if (end < 0) return
      const line = waiting.subarray(0, end).toString('utf8')
      waiting = waiting.subarray(end + 2)
      if (authenticating) {
        const { tag, how } = authenticating
        authenticating = null
        authenticate(tag, how, line)
        continue
      }
      const marked = /\{(\d{1,8})(\+?)\}$/.exec(line)
      if (marked) {
        command += line.slice(0, marked.index)
        literal = Number(marked[1])
        if (marked[2] === '') say('+ go on')
        continue
      }
      const whole = command + line
      command = ''
      perform(whole)
    }
  })
  say(`* OK [CAPABILITY ${capabilities}] ready`)
}

/** Whether a folder's name fits what LIST asks for: a name, or a beginning with * or % after it. */
function fitsPattern(name: string, pattern: string): boolean {
  const star = pattern.search(/[*%]/)
  const [folder, wanted] = [name.toLowerCase(), pattern.toLowerCase()]
  return star < 0 ? folder === wanted : folder.startsWith(wanted.slice(0, star))
}

/** Words and quoted strings of a command. */
function wordsOf(line: string): string[] {
  const words: string[] = []
  let at = 0
  while (at < line.length) {
    if (line[at] === ' ') {
      at += 1
      continue
    }
    let word = ''
    if (line[at] === '"') {
      at += 1
      while (at < line.length && line[at] !== '"') {
        if (line[at] === '\\') at += 1
        word += line[at] ?? ''
        at += 1
      }
      at += 1
    } else
      while (at < line.length && line[at] !== ' ') {
        word += line[at]
        at += 1
      }
    words.push(word)
  }
  return words
}

/** 5:* and 1,3,7:9. As in the standard, n:* has the last mail always, even where n is beyond it. */
function inSet(uid: number, set: string, last: number): boolean {
  return set.split(',').some((range) => {
    const [from = '', to = from] = range.split(':')
    const ends = [from, to].map((end) => (end === '*' ? last : Number(end)))
    return uid >= Math.min(...ends) && uid <= Math.max(...ends)
  })
}

const headerOf = (raw: Buffer): Buffer => {
  const end = raw.indexOf('\r\n\r\n')
  return end < 0 ? raw : raw.subarray(0, end + 4)
}

function matches(mail: StoredMail, criteria: string[]): boolean {
  for (let at = 0; at < criteria.length; at += 1) {
    const key = (criteria[at] ?? '').replace(/^\(|\)$/g, '').toUpperCase()
    if (key === 'SINCE') {
      at += 1
      const since = new Date(`${criteria[at]?.replace(/\)$/, '')} UTC`)
      if (mail.receivedAt.getTime() < since.getTime()) return false
    } else if (key === 'UID') {
      at += 1
      if (!inSet(mail.uid, criteria[at] ?? '', mail.uid)) return false
    } else if (key === 'HEADER') {
      const name = (criteria[at + 1] ?? '').toLowerCase()
      const wanted = (criteria[at + 2] ?? '').toLowerCase()
      at += 2
      const unfolded = headerOf(mail.raw)
        .toString('utf8')
        .replace(/\r\n[ \t]/g, ' ')
      const has = unfolded
        .split('\r\n')
        .some((line) => line.toLowerCase().startsWith(`${name}:`) && line.toLowerCase().includes(wanted))
      if (!has) return false
    }
  }
  return true
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
function internalDate(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${two(at.getUTCDate())}-${months[at.getUTCMonth()]}-${at.getUTCFullYear()}`
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
}

function writeMail(socket: Socket, sequence: number, mail: StoredMail, asked: string): void {
  const upper = asked.toUpperCase()
  const members: Buffer[] = [Buffer.from(`UID ${mail.uid}`)]
  if (upper.includes('INTERNALDATE')) members.push(Buffer.from(`INTERNALDATE "${internalDate(mail.receivedAt)}"`))
  if (upper.includes('RFC822.SIZE')) members.push(Buffer.from(`RFC822.SIZE ${mail.raw.length}`))
  for (const part of upper.matchAll(/BODY(?:\.PEEK)?\[(HEADER)?\](?:<(\d{1,9})\.(\d{1,9})>)?/g)) {
    const whole = part[1] === 'HEADER' ? headerOf(mail.raw) : mail.raw
    const start = Number(part[2] ?? 0)
    const bytes = part[2] === undefined ? whole : whole.subarray(start, start + Number(part[3]))
    const origin = part[2] === undefined ? '' : `<${start}>`
    members.push(Buffer.concat([Buffer.from(`BODY[${part[1] ?? ''}]${origin} {${bytes.length}}\r\n`), bytes]))
  }
  const joined = members.flatMap((member, index) => (index === 0 ? [member] : [Buffer.from(' '), member]))
  socket.write(Buffer.concat([Buffer.from(`* ${sequence} FETCH (`), ...joined, Buffer.from(')\r\n')]))
}
