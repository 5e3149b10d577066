import type { accessProfileEndpoints } from './access-profiles.ts'
import type { agendaEndpoints } from './agenda.ts'
import type { auditEndpoints } from './audit.ts'
import type { balanceSourceEndpoints } from './balance-sources.ts'
import type { branchEndpoints } from './branches.ts'
import type { caseTypeEndpoints } from './case-types.ts'
import type { caseEndpoints } from './cases.ts'
import type { collectionFileEndpoints } from './collection-files.ts'
import type { companyEndpoints, holidayEndpoints } from './company.ts'
import type { contactAttemptEndpoints } from './contact-attempts.ts'
import type { contactEndpoints } from './contacts.ts'
import type { customFieldEndpoints } from './custom-fields.ts'
import type { customerGroupEndpoints } from './customer-groups.ts'
import type { customerMergeEndpoints } from './customer-merges.ts'
import type { customerEndpoints } from './customers.ts'
import type { departmentEndpoints } from './departments.ts'
import type { ByAddress } from './endpoint.ts'
import type { exportEndpoints } from './exports.ts'
import type { fileEndpoints } from './files.ts'
import type { bankDetailsEndpoints, financeSettingsEndpoints, noticeAlarmEndpoints, noticeQueueEndpoints } from './finance.ts'
import type { followUpActivityEndpoints } from './follow-up-activities.ts'
import type { followUpAttachmentEndpoints } from './follow-up-attachments.ts'
import type { followUpDocumentEndpoints } from './follow-up-documents.ts'
import type { followUpReportEndpoints } from './follow-up-reports.ts'
import type { followUpSituationEndpoints } from './follow-up-situations.ts'
import type { followUpTypeEndpoints } from './follow-up-types.ts'
import type { followUpEndpoints } from './follow-ups.ts'
import type { handoverEndpoints } from './handovers.ts'
import type { importEndpoints } from './imports.ts'
import type { interactionTopicEndpoints } from './interaction-topics.ts'
import type { interactionEndpoints } from './interactions.ts'
import type { interestEndpoints } from './interests.ts'
import type { liveEndpoints } from './live.ts'
import type { mailAccountEndpoints } from './mail-accounts.ts'
import type { noteEndpoints } from './notes.ts'
import type { noticePauseEndpoints } from './notice-pauses.ts'
import type { noticePolicyEndpoints } from './notice-policy.ts'
import type { noticeSendingEndpoints } from './notice-sending.ts'
import type { noticeTemplateEndpoints } from './notice-templates.ts'
import type { noticeEndpoints, noticePlanEndpoints, noticeRuleEndpoints, noticeSettingsEndpoints } from './notices.ts'
import type { opportunityEndpoints, opportunityLossReasonEndpoints, opportunityStageEndpoints } from './opportunities.ts'
import type { paymentClaimEndpoints } from './payment-claims.ts'
import type { creditNoteEndpoints, paymentEndpoints } from './payments.ts'
import type { portalEndpoints } from './portal.ts'
import type { portalAccessEndpoints } from './portal-access.ts'
import type { portfolioEndpoints } from './portfolio.ts'
import type { priceListEndpoints, productEndpoints } from './products.ts'
import type { promiseEndpoints } from './promises.ts'
import type { quoteEndpoints } from './quotes.ts'
import type { receivableFactEndpoints } from './receivable-facts.ts'
import type { documentEndpoints, receivableEndpoints } from './receivables.ts'
import type { reminderEndpoints } from './reminders.ts'
import type { renewalEndpoints } from './renewals.ts'
import type { savedViewEndpoints } from './saved-views.ts'
import type { sessionEndpoints } from './session.ts'
import type { sightEndpoints } from './sight.ts'
import type { statementEndpoints } from './statements.ts'
import type { timelineEndpoints } from './timeline.ts'
import type { trashEndpoints } from './trash.ts'
import type { userEndpoints } from './users.ts'

/** Every endpoint by `METHOD url`: what the web's client is typed by. Types only, so no Zod reaches the browser. */
export type Api = ByAddress<typeof sessionEndpoints> &
  ByAddress<typeof balanceSourceEndpoints> &
  ByAddress<typeof branchEndpoints> &
  ByAddress<typeof collectionFileEndpoints> &
  ByAddress<typeof fileEndpoints> &
  ByAddress<typeof contactAttemptEndpoints> &
  ByAddress<typeof contactEndpoints> &
  ByAddress<typeof customFieldEndpoints> &
  ByAddress<typeof savedViewEndpoints> &
  ByAddress<typeof customerGroupEndpoints> &
  ByAddress<typeof customerEndpoints> &
  ByAddress<typeof interactionEndpoints> &
  ByAddress<typeof interactionTopicEndpoints> &
  ByAddress<typeof interestEndpoints> &
  ByAddress<typeof quoteEndpoints> &
  ByAddress<typeof renewalEndpoints> &
  ByAddress<typeof caseEndpoints> &
  ByAddress<typeof trashEndpoints> &
  ByAddress<typeof caseTypeEndpoints> &
  ByAddress<typeof opportunityEndpoints> &
  ByAddress<typeof opportunityStageEndpoints> &
  ByAddress<typeof opportunityLossReasonEndpoints> &
  ByAddress<typeof noteEndpoints> &
  ByAddress<typeof customerMergeEndpoints> &
  ByAddress<typeof handoverEndpoints> &
  ByAddress<typeof exportEndpoints> &
  ByAddress<typeof importEndpoints> &
  ByAddress<typeof paymentClaimEndpoints> &
  ByAddress<typeof paymentEndpoints> &
  ByAddress<typeof portalEndpoints> &
  ByAddress<typeof portalAccessEndpoints> &
  ByAddress<typeof portfolioEndpoints> &
  ByAddress<typeof priceListEndpoints> &
  ByAddress<typeof productEndpoints> &
  ByAddress<typeof promiseEndpoints> &
  ByAddress<typeof receivableEndpoints> &
  ByAddress<typeof receivableFactEndpoints> &
  ByAddress<typeof documentEndpoints> &
  ByAddress<typeof creditNoteEndpoints> &
  ByAddress<typeof statementEndpoints> &
  ByAddress<typeof agendaEndpoints> &
  ByAddress<typeof followUpEndpoints> &
  ByAddress<typeof followUpReportEndpoints> &
  ByAddress<typeof followUpTypeEndpoints> &
  ByAddress<typeof followUpSituationEndpoints> &
  ByAddress<typeof followUpActivityEndpoints> &
  ByAddress<typeof followUpDocumentEndpoints> &
  ByAddress<typeof followUpAttachmentEndpoints> &
  ByAddress<typeof reminderEndpoints> &
  ByAddress<typeof liveEndpoints> &
  ByAddress<typeof sightEndpoints> &
  ByAddress<typeof timelineEndpoints> &
  ByAddress<typeof noticeEndpoints> &
  ByAddress<typeof noticePauseEndpoints> &
  ByAddress<typeof noticePlanEndpoints> &
  ByAddress<typeof noticePolicyEndpoints> &
  ByAddress<typeof noticeRuleEndpoints> &
  ByAddress<typeof noticeSendingEndpoints> &
  ByAddress<typeof noticeSettingsEndpoints> &
  ByAddress<typeof noticeTemplateEndpoints> &
  ByAddress<typeof accessProfileEndpoints> &
  ByAddress<typeof auditEndpoints> &
  ByAddress<typeof departmentEndpoints> &
  ByAddress<typeof mailAccountEndpoints> &
  ByAddress<typeof userEndpoints> &
  ByAddress<typeof companyEndpoints> &
  ByAddress<typeof holidayEndpoints> &
  ByAddress<typeof noticeAlarmEndpoints> &
  ByAddress<typeof noticeQueueEndpoints> &
  ByAddress<typeof financeSettingsEndpoints> &
  ByAddress<typeof bankDetailsEndpoints>
