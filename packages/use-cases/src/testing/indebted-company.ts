import { noticeMessages } from '@cartera/db/schema/notices'
import type { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { sql } from 'drizzle-orm'
import { beforeEach } from 'vitest'
import { testContext } from './test-context.ts'
import { testMailServer } from './test-mail-server.ts'

/**
 * For a test file: a company whose notices are on, with a collections agent who has a mail account on a real server, made anew before each
 * test on the morning of `day`.
 */
export function indebtedCompany(day: string) {
  const database = testDatabase()
  const ctx = testContext(database)
  const smtp = testMailServer()
  let agentId = ''
  beforeEach(async () => {
    await database.db.execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_receivable_settings,
      notice_messages, notice_items, notice_recipients, notice_events, receivable_movements, payments, receivables, documents, contacts,
      customers, mail_accounts, contact_attempts cascade`)
    ctx.at(`${day}T15:00:00Z`)
    await aCompany(database.db, { noticeActive: true })
    agentId = (await aUser(database.db)).id
    await aMailAccount(database.db, { userId: agentId, port: smtp.port, address: 'cobranza@andina.test' })
  })
  const messages = () => database.db.select().from(noticeMessages).orderBy(noticeMessages.id)
  return {
    database,
    ctx,
    smtp,
    db: () => database.db,
    get agentId() {
      return agentId
    },
    /** A customer of the agent with one receivable. */
    async indebted(over: Partial<typeof receivables.$inferInsert> = {}) {
      const customer = await aCustomer(database.db, { collectionsAgentId: agentId })
      return aReceivable(database.db, { customerId: customer.id, dueOn: '2026-03-18', ...over })
    },
    messages,
    /** The message; throws where there are none or several. */
    async only() {
      const [message, ...more] = await messages()
      if (!message || more.length > 0) throw new Error('there should be one message')
      return message
    },
    /** The states of all messages, with their reasons. */
    states: async () => (await messages()).map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`)),
  }
}
