import { noticeEndpoints, noticePlanEndpoints, noticeRuleEndpoints, noticeSettingsEndpoints } from '@cartera/contract/notices'
import type { AppContext } from '@cartera/use-cases/app-context'
import { applyNoticeSettings } from '@cartera/use-cases/notices/apply-notice-settings'
import { cancelNotices, releaseNotices, resolveNotices, retryNotices } from '@cartera/use-cases/notices/decide-notices'
import { explainNotices } from '@cartera/use-cases/notices/explain-notices'
import { findNotice, findNoticeSource } from '@cartera/use-cases/notices/find-notice'
import { listNotices, listNoticesOfCustomer, summariseNotices } from '@cartera/use-cases/notices/list-notices'
import {
  changeNoticeRule,
  createNoticeRule,
  listNoticeRules,
  listNoticeRuleVersions,
  removeNoticeRule,
  retireNoticeRule,
} from '@cartera/use-cases/notices/notice-rules'
import {
  changeNoticeDefaults,
  changeNoticeSettings,
  findNoticeDefaults,
  findNoticeSettings,
} from '@cartera/use-cases/notices/notice-settings'
import {
  changeGroupSettings,
  changeReceivableSettings,
  findGroupSettings,
  findReceivableSettings,
} from '@cartera/use-cases/notices/notice-settings-levels'
import { findPlan, findPlanPage, simulateNotices } from '@cartera/use-cases/notices/plan-notices'
import { previewNotice, previewSampleNotice, sendTestNotice } from '@cartera/use-cases/notices/preview-notice'
import type { FastifyInstance } from 'fastify'
import { route } from '../route.ts'

export function noticeRoutes(app: FastifyInstance, ctx: AppContext): void {
  const rules = noticeRuleEndpoints
  route(app, ctx, rules.listRules, async ({ ctx, viewer, query }) => listNoticeRules(ctx, viewer, query))
  route(app, ctx, rules.createRule, async ({ ctx, viewer, body }) => createNoticeRule(ctx, viewer, body))
  route(app, ctx, rules.changeRule, async ({ ctx, viewer, params, body }) => changeNoticeRule(ctx, viewer, params.id, body))
  route(app, ctx, rules.ruleVersions, async ({ ctx, viewer, params }) => listNoticeRuleVersions(ctx, viewer, params.id))
  route(app, ctx, rules.removeRule, async ({ ctx, viewer, params }) => removeNoticeRule(ctx, viewer, params.id))
  route(app, ctx, rules.retireRule, async ({ ctx, viewer, params }) => retireNoticeRule(ctx, viewer, params.id, true))
  route(app, ctx, rules.reinstateRule, async ({ ctx, viewer, params }) => {
    await retireNoticeRule(ctx, viewer, params.id, false)
  })

  const settings = noticeSettingsEndpoints
  route(app, ctx, settings.defaults, async ({ ctx, viewer }) => findNoticeDefaults(ctx, viewer))
  route(app, ctx, settings.changeDefaults, async ({ ctx, viewer, body }) => changeNoticeDefaults(ctx, viewer, body))
  route(app, ctx, settings.settings, async ({ ctx, viewer, params }) => findNoticeSettings(ctx, viewer, params.id))
  route(app, ctx, settings.changeSettings, async ({ ctx, viewer, params, body }) =>
    changeNoticeSettings(ctx, viewer, params.id, body),
  )
  route(app, ctx, settings.groupSettings, async ({ ctx, viewer, params }) => findGroupSettings(ctx, viewer, params.id))
  route(app, ctx, settings.changeGroupSettings, async ({ ctx, viewer, params, body }) =>
    changeGroupSettings(ctx, viewer, params.id, body),
  )
  route(app, ctx, settings.receivableSettings, async ({ ctx, viewer, params }) => findReceivableSettings(ctx, viewer, params.id))
  route(app, ctx, settings.changeReceivableSettings, async ({ ctx, viewer, params, body }) =>
    changeReceivableSettings(ctx, viewer, params.id, body),
  )
  route(app, ctx, settings.applySettings, async ({ ctx, viewer, body }) => applyNoticeSettings(ctx, viewer, body))
  route(app, ctx, settings.previewForCustomer, async ({ ctx, viewer, params, body }) =>
    previewNotice(ctx, viewer, params.id, body),
  )
  route(app, ctx, settings.previewSample, async ({ ctx, viewer, body }) => previewSampleNotice(ctx, viewer, body))
  route(app, ctx, settings.testForCustomer, async ({ ctx, viewer, params, body }) => sendTestNotice(ctx, viewer, params.id, body))

  const plan = noticePlanEndpoints
  route(app, ctx, plan.plan, async ({ ctx, viewer, query }) => findPlan(ctx, viewer, query))
  route(app, ctx, plan.planPage, async ({ ctx, viewer, query }) => findPlanPage(ctx, viewer, query))
  route(app, ctx, plan.simulation, async ({ ctx, viewer, query }) => simulateNotices(ctx, viewer, query))
  route(app, ctx, plan.explanation, async ({ ctx, viewer, params, query }) => explainNotices(ctx, viewer, params.id, query))

  const queue = noticeEndpoints
  route(app, ctx, queue.list, async ({ ctx, viewer, query }) => listNotices(ctx, viewer, query))
  route(app, ctx, queue.summary, async ({ ctx, viewer, query }) => summariseNotices(ctx, viewer, query))
  route(app, ctx, queue.get, async ({ ctx, viewer, params }) => findNotice(ctx, viewer, params.id))
  route(app, ctx, queue.source, async ({ ctx, viewer, params, reply }) => {
    const source = await findNoticeSource(ctx, viewer, params.id)
    return reply
      .type('message/rfc822')
      .header('content-disposition', `attachment; filename="notice-${params.id}.eml"`)
      .header('x-content-type-options', 'nosniff')
      .send(source)
  })
  route(app, ctx, queue.release, async ({ ctx, viewer, body }) => releaseNotices(ctx, viewer, body))
  route(app, ctx, queue.cancel, async ({ ctx, viewer, body }) => cancelNotices(ctx, viewer, body))
  route(app, ctx, queue.retry, async ({ ctx, viewer, body }) => retryNotices(ctx, viewer, body))
  route(app, ctx, queue.resolve, async ({ ctx, viewer, body }) => resolveNotices(ctx, viewer, body))
  route(app, ctx, queue.listOfCustomer, async ({ ctx, viewer, params, query }) =>
    listNoticesOfCustomer(ctx, viewer, params.id, query),
  )
}
