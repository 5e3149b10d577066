import { closeSync, fdatasync, openSync, write } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

// A mail server as a process of its own. What it accepts is written to its ledger and forced to disk before it answers 250, so the
// ledger says what left, whatever anybody else believes.
// node smtp-process.ts PORT LEDGER [DELAY_MS] [NO_BODY]; told by messages: { losing: 'written' | 'refused' | null }, { busy: true | false }

/** One accepted mail. */
export interface LedgerLine {
  messageId: string
  /** When its transaction began and when its final dot had arrived, in milliseconds of this machine's clock. */
  beganAt: number
  dotAt: number
  /** Of which receivables it speaks. */
  numbers: string[]
}

/** What the server does with the next message, or with all. */
export interface SmtpCommand {
  /** The reply to the next final dot is lost: after the mail was written, or instead of writing it. */
  losing?: 'written' | 'refused'
  /** While busy, it answers 451 to every message. */
  busy?: boolean
}

const [port = '', ledgerPath = '', delay = '0', mode = 'full'] = process.argv.slice(2)
const delayMs = Number(delay)
const ledger = openSync(ledgerPath, 'a')
let losing: 'written' | 'refused' | null = null
let busy = false
process.on('message', (command: SmtpCommand) => {
  if (command.losing) losing = command.losing
  if (command.busy !== undefined) busy = command.busy
})
process.once('disconnect', () => process.exit(0))

/** Lines that wait for the disk: those that come while it is busy share its next write. */
let pending: { text: string; done: () => void }[] = []
let writing = false
function record(line: LedgerLine): Promise<void> {
  return new Promise((resolve) => {
    pending.push({ text: `${JSON.stringify(line)}\n`, done: resolve })
    if (!writing) flush()
  })
}
function flush(): void {
  writing = true
  const group = pending
  pending = []
  const fail = (error: Error) => {
    process.stderr.write(`${error.message}\n`)
    closeSync(ledger)
    process.exit(1)
  }
  write(ledger, group.map((each) => each.text).join(''), (error) => {
    if (error) return fail(error)
    fdatasync(ledger, (problem) => {
      if (problem) return fail(problem)
      for (const each of group) each.done()
      if (pending.length > 0) flush()
      else writing = false
    })
  })
}

const numberOf = /R-\d{7}/g

function serve(socket: Socket): void {
  socket.setNoDelay(true)
  let input = ''
  let inData = false
  let beganAt = 0
  const say = (text: string) => socket.writable && socket.write(`${text}\r\n`)
  const takeMail = async (raw: string) => {
    const dotAt = Date.now()
    if (delayMs > 0) await wait(delayMs)
    if (busy) return say('451 4.3.2 try again later')
    const lost = losing
    losing = null
    if (lost !== 'refused') {
      const head = raw.slice(0, raw.indexOf('\r\n\r\n')).split('\r\n')
      const messageId =
        head
          .find((line) => line.toLowerCase().startsWith('message-id:'))
          ?.slice('message-id:'.length)
          .trim() ?? ''
      const text = mode === 'full' ? raw.slice(raw.indexOf('\r\n\r\n')).replaceAll('=\r\n', '') : ''
      await record({ messageId, beganAt, dotAt, numbers: [...new Set(text.match(numberOf) ?? [])] })
    }
    if (lost) socket.destroy()
    else say('250 2.0.0 accepted')
  }
  const command = (line: string) => {
    const word = line.slice(0, 4).toUpperCase()
    if (word === 'EHLO' || word === 'HELO') say('250-ledger\r\n250 8BITMIME')
    else if (word === 'MAIL') {
      beganAt = Date.now()
      say('250 2.1.0 ok')
    } else if (word === 'RCPT') say('250 2.1.5 ok')
    else if (word === 'DATA') {
      inData = true
      say('354 go on')
    } else if (word === 'QUIT') {
      say('221 bye')
      socket.end()
    } else say('250 ok')
  }
  socket.setEncoding('latin1')
  socket.on('error', () => undefined)
  socket.on('data', (chunk: string) => {
    input += chunk
    for (;;) {
      if (inData) {
        const end = input.indexOf('\r\n.\r\n')
        if (end < 0) return
        const raw = input.slice(0, end)
        input = input.slice(end + 5)
        inData = false
        void takeMail(raw)
      } else {
        const end = input.indexOf('\r\n')
        if (end < 0) return
        const line = input.slice(0, end)
        input = input.slice(end + 2)
        command(line)
      }
    }
  })
  say('220 ledger')
}

const server = createServer(serve)
server.listen(Number(port), '127.0.0.1', () => process.send?.('listening'))
