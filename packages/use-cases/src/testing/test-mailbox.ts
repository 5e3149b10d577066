import { type StoredMail, startImapServer } from '@cartera/infra/imap-server'
import { afterAll, beforeAll, beforeEach } from 'vitest'

/** A real IMAP server on loopback whose mailbox a test fills; it can be read and not changed. */
export function testMailbox() {
  const folders = new Map<string, StoredMail[]>()
  const commands: string[] = []
  const state = {
    uidValidity: 7,
    /** What the server says to whoever signs in; null: welcome. */
    refusal: null as string | null,
    /** Access tokens that are taken; null: any password is. */
    tokens: null as string[] | null,
    fault: null as null | ((command: string) => 'silent' | 'drop' | null),
  }
  let server: Awaited<ReturnType<typeof startImapServer>> | undefined
  let nextUid = 1
  beforeAll(async () => {
    server = await startImapServer({
      folders: [{ name: 'INBOX' }, { name: 'Avisos' }, { name: 'Enviados', specialUse: '\\Sent' }],
      uidValidity: () => state.uidValidity,
      login: (_user, secret, how) => {
        if (state.refusal !== null) return state.refusal
        if (state.tokens === null) return null
        return how === 'token' && state.tokens.includes(secret) ? null : 'token expired'
      },
      mails: (_user, folder) => folders.get(folder) ?? [],
      onCommand: (command) => commands.push(command),
      fault: (command) => state.fault?.(command) ?? null,
    })
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    folders.clear()
    commands.length = 0
    nextUid = 1
    Object.assign(state, { uidValidity: 7, refusal: null, tokens: null, fault: null })
  })
  return {
    state,
    commands,
    get port() {
      return server?.port ?? 0
    },
    get connections() {
      return server?.connections() ?? 0
    },
    /** Puts a mail into a folder, INBOX unless told; says its number there. */
    deliver(raw: Buffer, over: { folder?: string; receivedAt?: Date; uid?: number } = {}): number {
      const folder = over.folder ?? 'INBOX'
      const uid = over.uid ?? nextUid
      nextUid = uid + 1
      const mail = { uid, receivedAt: over.receivedAt ?? new Date('2026-03-02T14:00:00Z'), raw }
      folders.set(folder, [...(folders.get(folder) ?? []), mail])
      return uid
    },
    /** The server was rebuilt: all mails are counted anew. */
    recount(): void {
      state.uidValidity += 1
      let uid = 0
      for (const [folder, mails] of folders)
        folders.set(
          folder,
          mails.map((mail) => {
            uid += 1
            return { ...mail, uid }
          }),
        )
    },
  }
}
