import { noticeSettingsFields, noticeTones } from '@cartera/domain/notices/notice-settings'
import { noticeReasons, noticeStates } from '@cartera/domain/notices/notice-states'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import {
  amount,
  currency,
  cursor,
  day,
  emailAddress,
  flag,
  id,
  idParams,
  instant,
  language,
  optionalText,
  page,
  pageQuery,
  queryFlag,
  reference,
  text,
  version,
} from './shapes.ts'

const tag = 'Notices'
const count = z.int().min(0).max(1_000_000_000)
const ruleDays = z.int().min(-2147483648).max(2147483647)
const kind = z.enum(['preventive', 'overdue'])
const state = z.enum(noticeStates)
const reason = z.enum(noticeReasons)
const group = z.enum(['held', 'scheduled', 'sending', 'sent', 'failed', 'uncertain', 'cancelled'])
const planState = z.enum(['planned', 'held', 'skipped'])
const ruleIds = z.array(id).max(20)
const subject = text(300)
const body = text(20_000)
const totals = z.array(z.strictObject({ currency, amount })).max(200)
const tone = z.enum(noticeTones)
const address = z.string().max(254)
const code = z.string().max(60)
const personName = z.string().max(300)
const serverAnswer = z.string().max(2000)

/** A concept of the catalogue: so many days before or after the due date. */
export const noticeRule = z.strictObject({
  id,
  code,
  kind,
  description: z.string().max(200),
  days: z.int().min(0).max(365),
  /** How firm its text is: 1 friendly, 2 firm, 3 strict, 4 the last notice. */
  level: z.int().min(1).max(4),
  /** Overdue rules only: again every so many calendar days, so many more times. */
  repeatEveryDays: z.int().min(1).max(365).nullable(),
  repeatTimes: z.int().min(1).max(98).nullable(),
  /** Retired rules make no new notices. */
  retiredAt: instant.nullable(),
  /** Whether a notice, a customer or the company uses it: then it can be retired, not deleted. */
  used: flag,
  version,
})

/** Wider than what is allowed: the rule itself says what is wrong, in words. */
const repetition = {
  level: ruleDays.optional(),
  repeatEveryDays: ruleDays.nullable().optional(),
  repeatTimes: ruleDays.nullable().optional(),
}
const ruleInput = { description: text(200), days: ruleDays, ...repetition }

const noticeRuleVersion = z.strictObject({
  version,
  description: z.string().max(200),
  days: z.int().min(0).max(365),
  level: z.int().min(1).max(4),
  repeatEveryDays: z.int().min(1).max(365).nullable(),
  repeatTimes: z.int().min(1).max(98).nullable(),
  createdAt: instant,
  createdBy: reference.nullable(),
})

export const noticeRuleEndpoints = {
  listRules: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notice-rules',
    summary: 'The catalogue of notice rules',
    tag,
    query: pageQuery(['days', '-days', 'code', '-code']).extend({ kind: kind.optional(), retired: queryFlag.optional() }),
    response: page(noticeRule),
  }),
  createRule: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notice-rules',
    summary: 'Add a notice rule; its code is made from kind and days',
    tag,
    body: z.strictObject({ ...ruleInput, kind }),
    response: noticeRule,
    status: 201,
  }),
  changeRule: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/notice-rules/:id',
    summary: 'Change a notice rule: a new version, under the same identity, so nothing is mailed again',
    tag,
    params: idParams,
    body: z.strictObject({ description: text(200).optional(), days: ruleDays.optional(), ...repetition, version }),
    response: noticeRule,
  }),
  ruleVersions: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notice-rules/:id/versions',
    summary: 'Every version that a notice rule has had, the newest first',
    tag,
    params: idParams,
    response: z.strictObject({ items: z.array(noticeRuleVersion).max(200) }),
  }),
  removeRule: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/notice-rules/:id',
    summary: 'Delete a notice rule that nothing has ever used',
    tag,
    params: idParams,
  }),
  retireRule: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/notice-rules/:id/retirement',
    summary: 'Retire a notice rule: it makes no new notices',
    tag,
    params: idParams,
    response: noticeRule,
  }),
  reinstateRule: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/notice-rules/:id/retirement',
    summary: 'Bring a retired notice rule back',
    tag,
    params: idParams,
  }),
}

const companyValues = {
  active: flag,
  sendToContacts: flag,
  reminderOn: flag,
  reminderRuleIds: ruleIds,
  overdueOn: flag,
  overdueRuleIds: ruleIds,
  tone,
  attachStatement: flag,
}
/** Texts are null where neither the customer nor its group has an own one: the catalogue of texts speaks. */
const settingsValues = {
  ...companyValues,
  subject: subject.nullable(),
  reminderBody: body.nullable(),
  overdueBody: body.nullable(),
}
const ownSettings = z.strictObject({
  subject: subject.nullable(),
  active: flag.nullable(),
  sendToContacts: flag.nullable(),
  reminderOn: flag.nullable(),
  reminderRuleIds: ruleIds.nullable(),
  overdueOn: flag.nullable(),
  overdueRuleIds: ruleIds.nullable(),
  reminderBody: body.nullable(),
  overdueBody: body.nullable(),
  tone: tone.nullable(),
  attachStatement: flag.nullable(),
})
/** Tone and statement came later: a caller that does not know them leaves them as they are. */
const ownSettingsInput = ownSettings.partial({ tone: true, attachStatement: true })
const origin = z.enum(['company', 'group', 'customer'])

export const noticeDefaults = z.strictObject({ ...companyValues, reviewOverdue: flag, version })

/** From whose mail account a customer's notices would leave now. */
export const noticeSender = z.strictObject({
  usable: flag,
  /** Why not; null when usable. `agent-inactive`: the collections agent no longer works here. */
  reason: z
    .enum(['account-missing', 'account-unverified', 'account-paused', 'agent-inactive', 'administrator-missing'])
    .nullable(),
  /** The administrator's account, because the customer has no collections agent. */
  fallback: flag,
  user: reference.nullable(),
  address: address.nullable(),
})

export const noticeRecipient = z.strictObject({
  address,
  name: personName.nullable(),
  contactId: id.nullable(),
  /** False: the address is not one that mail can be sent to. */
  usable: flag,
})

export const customerNoticeSettings = z.strictObject({
  customerId: id,
  /** The customer's group, and what it has of its own. */
  group: reference.extend({ own: ownSettings }).nullable(),
  /** What the customer has of its own; null is inherited from its group, else from the company. */
  own: ownSettings,
  effective: z.strictObject(settingsValues),
  origins: z.strictObject({
    subject: origin,
    active: origin,
    sendToContacts: origin,
    reminderOn: origin,
    reminderRuleIds: origin,
    overdueOn: origin,
    overdueRuleIds: origin,
    reminderBody: origin,
    overdueBody: origin,
    tone: origin,
    attachStatement: origin,
  }),
  sender: noticeSender,
  recipients: z.array(noticeRecipient).max(1000),
  /** 0 until the customer has settings of its own. */
  version: z.int().min(0).max(2147483647),
})

export const groupNoticeSettings = z.strictObject({
  group: reference,
  /** What the group has of its own; null is inherited from the company. */
  own: ownSettings,
  effective: z.strictObject(settingsValues),
  version: z.int().min(0).max(2147483647),
})

const switchValues = { active: flag, reminderOn: flag, reminderRuleIds: ruleIds, overdueOn: flag, overdueRuleIds: ruleIds }
const ownSwitches = z.strictObject({
  active: flag.nullable(),
  reminderOn: flag.nullable(),
  reminderRuleIds: ruleIds.nullable(),
  overdueOn: flag.nullable(),
  overdueRuleIds: ruleIds.nullable(),
})
const switchOrigin = z.enum(['company', 'group', 'customer', 'receivable'])

export const receivableNoticeSettings = z.strictObject({
  receivableId: id,
  customerId: id,
  group: reference.nullable(),
  /** What the receivable has of its own; null is inherited from its customer. */
  own: ownSwitches,
  /** What would hold without it. */
  inherited: z.strictObject(switchValues),
  effective: z.strictObject(switchValues),
  origins: z.strictObject({
    active: switchOrigin,
    reminderOn: switchOrigin,
    reminderRuleIds: switchOrigin,
    overdueOn: switchOrigin,
    overdueRuleIds: switchOrigin,
  }),
  version: z.int().min(0).max(2147483647),
})

/** Customers by the filters of their list. */
const customerFilter = z.strictObject({
  q: z.string().max(200).optional(),
  status: z.enum(['active', 'inactive', 'restricted', 'suspended']).optional(),
  kind: z.enum(['person', 'company']).optional(),
  branchId: id.optional(),
  groupId: id.optional(),
  preferredAgentId: id.optional(),
  collectionsAgentId: id.optional(),
  city: z.string().max(120).optional(),
  customerType: z.string().max(100).optional(),
  onHold: flag.optional(),
  custom: z.string().max(1500).optional(),
})
const anyOwnValue = z.union([z.string().max(20_000), flag, ruleIds]).nullable()

const level = z.int().min(1).max(4)
const textSource = z.enum(['given', 'customer', 'group', 'catalogue'])
/** What is left out is what would hold for the customer. */
const previewInput = {
  kind,
  level: level.optional(),
  language: language.optional(),
  tone: tone.optional(),
  subject: subject.optional(),
  body: body.optional(),
}
const preview = z.strictObject({
  subject: z.string().max(1000),
  html: z.string().max(2_000_000),
  text: z.string().max(2_000_000),
  /** True: the customer has nothing open of this kind, so what is shown is made up. */
  sample: flag,
  language,
  subjectFrom: textSource,
  bodyFrom: textSource,
  /** The place of the catalogue's text that is nearest to what was asked; null where it has none of the kind. */
  place: z.strictObject({ kind, level, language, tone }).nullable(),
})

export const noticeSettingsEndpoints = {
  defaults: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notice-defaults',
    summary: "The company's notice defaults, which customers inherit",
    tag,
    response: noticeDefaults,
  }),
  changeDefaults: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/notice-defaults',
    summary: "Replace the company's notice defaults",
    tag,
    body: noticeDefaults.partial({ tone: true, attachStatement: true }),
    response: noticeDefaults,
  }),
  settings: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/notice-settings',
    summary: "A customer's notice settings: own, effective with origin, sender and recipients",
    tag,
    params: idParams,
    response: customerNoticeSettings,
  }),
  changeSettings: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/customers/:id/notice-settings',
    summary: "Replace a customer's own notice settings; null inherits",
    tag,
    params: idParams,
    body: ownSettingsInput.extend({ version: z.int().min(0).max(2147483647) }),
    response: customerNoticeSettings,
  }),
  groupSettings: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customer-groups/:id/notice-settings',
    summary: "A customer group's notice settings, which its customers inherit",
    tag,
    params: idParams,
    response: groupNoticeSettings,
  }),
  changeGroupSettings: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/customer-groups/:id/notice-settings',
    summary: "Replace a customer group's notice settings; null inherits from the company",
    tag,
    params: idParams,
    body: ownSettings.extend({ version: z.int().min(0).max(2147483647) }),
    response: groupNoticeSettings,
  }),
  receivableSettings: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables/:id/notice-settings',
    summary: "A receivable's notice settings: own, effective with origin",
    tag,
    params: idParams,
    response: receivableNoticeSettings,
  }),
  changeReceivableSettings: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/receivables/:id/notice-settings',
    summary: "Replace a receivable's own notice settings; null inherits from its customer",
    tag,
    params: idParams,
    body: ownSwitches.extend({ version: z.int().min(0).max(2147483647) }),
    response: receivableNoticeSettings,
  }),
  applySettings: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notice-settings/applications',
    summary: 'Apply notice settings to many customers at once, or say how many would change (dryRun)',
    tag,
    body: z
      .strictObject({
        customerIds: z.array(id).min(1).max(1000).optional(),
        /** Every customer in the caller's reach. */
        filter: z.enum(['all']).optional(),
        /** Every customer in the caller's reach under these filters. */
        where: customerFilter.optional(),
        /** Only the fields given are written; null makes a field inherited. */
        settings: ownSettings.partial(),
        dryRun: flag,
        /** The `digest` of the preview; where other customers would change now, or from other values, nothing is written (`changed-meanwhile`). */
        expected: z.string().max(64).optional(),
      })
      .refine((value) => [value.customerIds, value.filter, value.where].filter((each) => each !== undefined).length === 1, {
        error: 'choice',
        path: ['customerIds'],
      }),
    response: z.strictObject({
      dryRun: flag,
      /** Customers in the caller's reach that were meant. */
      matched: count,
      /** Those of them whose settings differ from what is applied. */
      changed: count,
      /** Stands for exactly these customers with the settings that they have: to be given back as `expected`. */
      digest: z.string().max(64),
      /** Ids that do not exist or are out of reach. */
      missing: count,
      /** Per field, how many customers change from which own value to which; null is inherited. */
      changes: z
        .array(
          z.strictObject({
            field: z.enum(noticeSettingsFields),
            from: anyOwnValue,
            to: anyOwnValue,
            customers: count,
          }),
        )
        .max(1000),
      /** True: there are more distinct changes than are listed. */
      moreChanges: flag,
      /** The first of those that change, by name. */
      customers: z
        .array(reference.extend({ code: z.string().max(60), fields: z.array(z.enum(noticeSettingsFields)).max(20) }))
        .max(200),
    }),
  }),
  previewForCustomer: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/notice-previews',
    summary: "A notice as this customer would get it today, on the customer's open receivables",
    tag,
    params: idParams,
    body: z.strictObject(previewInput),
    response: preview,
  }),
  previewSample: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notice-previews',
    summary: 'A notice as a made-up customer would get it, for editing the defaults',
    tag,
    body: z.strictObject(previewInput),
    response: preview,
  }),
  testForCustomer: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/notice-tests',
    summary: 'Send such a notice to myself from my own verified account; the customer gets nothing',
    tag,
    params: idParams,
    body: z.strictObject(previewInput),
    response: z.strictObject({ to: emailAddress, sample: flag, response: serverAnswer }),
  }),
}

/** The facts of a reason: until which day, since when, which limit. */
export const noticeReasonParams = z.strictObject({
  /** Pause, promise: their last day. Limits: the day from which it may leave. */
  until: day.optional(),
  /** How many hours old the balances are. */
  hours: z.int().min(0).max(10_000_000).optional(),
  /** The limit: hours of freshness, days between notices, contacts. */
  limit: z.int().min(0).max(1_000_000).optional(),
  per: z.enum(['day', 'week', 'hours', 'channel']).optional(),
  /** As of when the balances are. */
  since: instant.optional(),
  source: z.string().max(200).optional(),
  /** The day on which it would have matured, had that been a business day. */
  movedFrom: day.optional(),
  /** The tolerance or the least amount, with its currency. */
  amount: amount.optional(),
  currency: currency.optional(),
})

const planQuery = z.strictObject({ on: day })
/** What the command line prints and the plan endpoint answers: stable for integrators. */
export const noticePlan = z.strictObject({
  day,
  messages: z
    .array(
      z.strictObject({
        customer: z.strictObject({ externalId: z.string().max(200), name: personName }),
        kind,
        state: planState,
        reason: reason.nullable(),
        totals,
        items: z
          .array(
            z.strictObject({
              externalId: z.string().max(200).nullable(),
              rule: code,
              dueOn: day,
              balance: amount,
              currency,
            }),
          )
          .max(100_000),
      }),
    )
    .max(1_000_000),
})

const customerReference = z.strictObject({
  id,
  code: z.string().max(60),
  externalId: z.string().max(200).nullable(),
  name: personName,
})

/** One message of a day's plan, with what a screen links to. */
export const plannedNotice = z.strictObject({
  customer: customerReference,
  kind,
  /** The tone of the message: the highest level of its items. */
  level: z.int().min(1).max(4),
  state: planState,
  reason: reason.nullable(),
  params: noticeReasonParams,
  totals,
  /** From whose account it leaves or left; null while nobody can send it. */
  sender: z.strictObject({ user: reference, address: address.nullable(), fallback: flag }).nullable(),
  /** The message that is already written for this; null: it is still only a plan. `state` above is then what the plan says of its state. */
  notice: z
    .strictObject({ id, state, reason: reason.nullable(), sentAt: instant.nullable(), nextAttemptAt: instant.nullable() })
    .nullable(),
  items: z
    .array(
      z.strictObject({
        receivableId: id,
        externalId: z.string().max(200).nullable(),
        number: z.string().max(200),
        rule: code,
        kind,
        level: z.int().min(1).max(4),
        /** Extensions granted * 100 + repetition: 1 is the first notice under the rule. */
        occurrence: z.int().min(1).max(2147483647),
        maturesOn: day,
        dueOn: day,
        balance: amount,
        currency,
        /** The facts of the reason for this item alone, and `movedFrom` where its day was moved. */
        params: noticeReasonParams,
      }),
    )
    .max(100_000),
})

const breakdown = z.strictObject({ kind, state: planState, reason: reason.nullable(), messages: count, items: count, totals })

export const noticePlanEndpoints = {
  plan: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/plan',
    summary: 'What leaves on a day and what does not, and why; changes nothing',
    tag,
    query: planQuery,
    response: noticePlan,
  }),
  planPage: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/plan-messages',
    summary: "A day's plan in pages, with filters, for the screen",
    tag,
    query: z.strictObject({
      on: day,
      kind: kind.optional(),
      state: planState.optional(),
      reason: reason.optional(),
      q: z.string().max(200).optional(),
      limit: z
        .string()
        .max(3)
        .regex(/^([1-9]|[1-9]\d|1\d\d|200)$/)
        .transform(Number)
        .optional(),
      cursor: cursor.optional(),
    }),
    response: z.strictObject({
      day,
      businessDay: flag,
      /** The business days before and after it; null beyond what a day can be. */
      previousBusinessDay: day.nullable(),
      nextBusinessDay: day.nullable(),
      /** Of the whole day, whatever the filters. */
      breakdown: z.array(breakdown).max(200),
      items: z.array(plannedNotice).max(200),
      nextCursor: cursor.nullable(),
    }),
  }),
  simulation: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/simulation',
    summary: 'What leaves on each of the coming days, as balances stand now and were each day run; of today also what has left',
    tag,
    query: z.strictObject({
      from: day,
      days: z
        .string()
        .max(2)
        .regex(/^([1-9]|[12]\d|3[01])$/)
        .transform(Number)
        .optional()
        .meta({ description: 'How many days, 1 to 31 (14 unless told)' }),
    }),
    response: z.strictObject({
      from: day,
      days: z
        .array(
          z.strictObject({
            day,
            businessDay: flag,
            /** What leaves: planned messages alone; of today also what has left. */
            messages: count,
            items: count,
            totals,
            breakdown: z.array(breakdown).max(200),
          }),
        )
        .max(31),
    }),
  }),
  explanation: defineEndpoint({
    method: 'GET',
    url: '/api/v1/receivables/:id/notice-explanation',
    summary: 'Per rule, why a receivable does or does not get its notice on a day',
    tag,
    params: idParams,
    query: z.strictObject({ on: day.optional() }),
    response: z.strictObject({
      day,
      receivable: z.strictObject({
        id,
        externalId: z.string().max(200).nullable(),
        number: z.string().max(200),
        dueOn: day,
        balance: amount,
        currency,
      }),
      rules: z
        .array(
          z.strictObject({
            rule: z.strictObject({ id, code, kind, days: z.int().min(0).max(365), description: z.string().max(200) }),
            /** Which notice under the rule: extensions granted * 100 + repetition. */
            occurrence: z.int().min(1).max(2147483647),
            /** Repeating rules: the how manieth of how many. */
            repetition: z.int().min(1).max(99),
            repetitions: z.int().min(1).max(99),
            state: z.enum(['planned', 'held', 'skipped', 'waiting', 'noticed', 'not-chosen']),
            reason: z.enum([...noticeReasons, 'not-business-day']).nullable(),
            params: noticeReasonParams,
            maturesOn: day,
            /** The next day on which it can leave; null when it cannot. */
            leavesOn: day.nullable(),
            /** The message that it stands in, once it has one. Its id only for those who may see notices. */
            message: z
              .strictObject({
                id: id.nullable(),
                planOn: day,
                state,
                reason: reason.nullable(),
                params: noticeReasonParams,
                sentAt: instant.nullable(),
                nextAttemptAt: instant.nullable(),
              })
              .nullable(),
          }),
        )
        .max(10_000),
    }),
  }),
}

/** A message in finance's queue. */
export const notice = z.strictObject({
  id,
  customer: customerReference,
  kind,
  planOn: day,
  /** The highest level of its items: the tone in which it speaks. */
  level: z.int().min(1).max(4),
  state,
  reason: reason.nullable(),
  /** The facts of the reason. */
  params: noticeReasonParams,
  sender: z.strictObject({ user: reference, address: address.nullable(), fallback: flag }).nullable(),
  recipientCount: count,
  /** Items that stand (not dropped) and their totals. */
  itemCount: count,
  totals,
  subject: z.string().max(1000).nullable(),
  attempt: z.int().min(0).max(1000),
  nextAttemptAt: instant.nullable(),
  sentAt: instant.nullable(),
  smtpResponse: serverAnswer.nullable(),
  updatedAt: instant,
  version,
})

export const noticeDetail = notice.extend({
  /** RFC 5322 Message-ID, under which servers and mailboxes know it. */
  messageId: z.string().max(400),
  items: z
    .array(
      z.strictObject({
        receivableId: id,
        externalId: z.string().max(200).nullable(),
        number: z.string().max(200),
        rule: code,
        ruleVersion: version,
        dueOn: day,
        maturesOn: day,
        balance: amount,
        currency,
        droppedReason: reason.nullable(),
      }),
    )
    .max(100_000),
  recipients: z
    .array(
      z.strictObject({
        address,
        name: personName.nullable(),
        contactId: id.nullable(),
        outcome: z.enum(['pending', 'accepted', 'refused', 'bounced']),
        response: serverAnswer.nullable(),
      }),
    )
    .max(1000),
  events: z
    .array(
      z.strictObject({
        id,
        at: instant,
        fromState: state.nullable(),
        toState: state,
        reason: reason.nullable(),
        /** Null where the system itself acted. */
        actor: reference.nullable(),
        /** What the mail server said, or what a person gave as the reason. */
        detail: serverAnswer.nullable(),
      }),
    )
    .max(10_000),
  reviewedBy: reference.nullable(),
  reviewedAt: instant.nullable(),
  /** As sent; before that as it would be sent now. Null where it cannot be rendered (template error, no items left). */
  content: z
    .strictObject({
      subject: z.string().max(1000),
      html: z.string().max(2_000_000),
      text: z.string().max(2_000_000),
      asSent: flag,
    })
    .nullable(),
})

/** What narrows the queue: the list, its counts, its workbook and a selection of everything under it. */
export const queueFilters = {
  state: state.optional(),
  group: group.optional(),
  reason: reason.optional(),
  kind: kind.optional(),
  from: day.optional(),
  to: day.optional(),
  customerId: id.optional(),
  level: z.enum(['1', '2', '3', '4']).transform(Number).optional(),
  /** Whose customer, or from whose account. */
  agentId: id.optional(),
  /** Only those from the administrator's account because there is no collections agent. */
  fallback: queryFlag.optional(),
}
const bulkIds = z.array(id).min(1).max(500)
const bulkReason = optionalText(500).optional()
const bulkAnswer = z.strictObject({
  done: count,
  refused: count,
  results: z
    .array(
      z.strictObject({
        id,
        outcome: z.enum(['done', 'refused']),
        /** A refusal code (`not-found`, `notice-state-conflict`, ...) when refused. */
        code: z.string().max(60).nullable(),
        /** Why it cannot be released, where that is the refusal, with its facts: until which day, which limit. */
        reason: reason.nullable(),
        params: noticeReasonParams,
        /** The state in which it stands now; null when not found. */
        state: state.nullable(),
      }),
    )
    .max(500),
})

export const noticeEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices',
    summary: 'The queue of notices',
    tag,
    query: pageQuery(['planOn', '-planOn']).extend(queueFilters),
    response: page(notice),
  }),
  summary: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/summary',
    summary: 'How many notices stand in each state and for which reason',
    tag,
    query: z
      .strictObject({ ...queueFilters, q: z.string().max(200).optional() })
      .omit({ state: true, group: true, reason: true }),
    response: z.strictObject({
      groups: z.strictObject({
        held: count,
        scheduled: count,
        sending: count,
        sent: count,
        failed: count,
        uncertain: count,
        cancelled: count,
      }),
      states: z.array(z.strictObject({ state, reason: reason.nullable(), count })).max(500),
    }),
  }),
  get: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/:id',
    summary: 'A notice with items, recipients, history and the mail as sent',
    tag,
    params: idParams,
    response: noticeDetail,
  }),
  source: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/:id/source',
    summary: 'The mail exactly as handed to the mail server (message/rfc822, as an attachment)',
    tag,
    params: idParams,
  }),
  release: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notices/releases',
    summary: 'Release held notices: reviewed ones, or those whose missing sender or recipient is there now',
    tag,
    body: z.strictObject({ ids: bulkIds, reason: bulkReason }),
    response: bulkAnswer,
  }),
  cancel: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notices/cancellations',
    summary: 'Cancel notices that have not left',
    tag,
    body: z.strictObject({ ids: bulkIds, reason: bulkReason }),
    response: bulkAnswer,
  }),
  retry: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notices/retries',
    summary: 'Try failed or deferred notices again at once',
    tag,
    body: z.strictObject({ ids: bulkIds, reason: bulkReason }),
    response: bulkAnswer,
  }),
  resolve: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notices/resolutions',
    summary: 'Decide uncertain notices: they were sent, or send them again',
    tag,
    body: z.strictObject({ ids: bulkIds, as: z.enum(['sent', 'send-again']), reason: bulkReason }),
    response: bulkAnswer,
  }),
  listOfCustomer: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/notices',
    summary: "A customer's notices, newest first",
    tag,
    params: idParams,
    query: pageQuery(['planOn', '-planOn']).extend({ state: state.optional(), group: group.optional() }),
    response: page(notice),
  }),
}
