import {
  bankDetailsEndpoints,
  financeSettingsEndpoints,
  noticeAlarmEndpoints,
  noticeQueueEndpoints,
} from '@cartera/contract/finance'
import { listNoticeAlarms } from '@cartera/use-cases/alarms/find-alarms'
import type { AppContext } from '@cartera/use-cases/app-context'
import {
  confirmBankDetails,
  listBankDetails,
  proposeBankDetails,
  withdrawBankDetails,
} from '@cartera/use-cases/bank-details/bank-details'
import { changeFinanceSettings, findFinanceSettings } from '@cartera/use-cases/finance/finance-settings'
import { findNoticeAnswers } from '@cartera/use-cases/notices/notice-answers'
import { findNoticeContext } from '@cartera/use-cases/notices/notice-context'
import { selectNoticeIds } from '@cartera/use-cases/notices/select-notices'
import { findStandIn } from '@cartera/use-cases/notices/stand-in'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function financeRoutes(app: FastifyInstance, ctx: AppContext): void {
  route(app, ctx, noticeAlarmEndpoints.list, async ({ ctx, viewer }) => listNoticeAlarms(ctx, viewer))

  const queue = noticeQueueEndpoints
  route(app, ctx, queue.answers, async ({ ctx, viewer, params }) => findNoticeAnswers(ctx, viewer, params.id))
  route(app, ctx, queue.standIn, async ({ ctx, viewer }) => findStandIn(ctx, viewer))
  route(app, ctx, queue.selection, async ({ ctx, viewer, query }) => selectNoticeIds(ctx, viewer, query))
  route(app, ctx, queue.context, async ({ ctx, viewer, params }) => findNoticeContext(ctx, viewer, params.id))

  route(app, ctx, financeSettingsEndpoints.find, async ({ ctx, viewer }) => findFinanceSettings(ctx, viewer))
  route(app, ctx, financeSettingsEndpoints.change, async ({ ctx, viewer, body }) => changeFinanceSettings(ctx, viewer, body))

  const bank = bankDetailsEndpoints
  route(app, ctx, bank.list, async ({ ctx, viewer }) => listBankDetails(ctx, viewer))
  route(app, ctx, bank.propose, async ({ ctx, viewer, body }) => proposeBankDetails(ctx, viewer, body))
  route(app, ctx, bank.confirm, async ({ ctx, viewer, params }) => confirmBankDetails(ctx, viewer, params.id))
  route(app, ctx, bank.withdraw, async ({ ctx, viewer, params, body }) => withdrawBankDetails(ctx, viewer, params.id, body))
}
