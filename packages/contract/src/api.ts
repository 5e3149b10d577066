import type { branchEndpoints } from './branches.ts'
import type { ByAddress } from './endpoint.ts'
import type { noticeEndpoints, noticePlanEndpoints, noticeRuleEndpoints, noticeSettingsEndpoints } from './notices.ts'
import type { sessionEndpoints } from './session.ts'

/** Every endpoint by `METHOD url`: what the web's client is typed by. Types only, so no Zod reaches the browser. */
export type Api = ByAddress<typeof sessionEndpoints> &
  ByAddress<typeof branchEndpoints> &
  ByAddress<typeof noticeEndpoints> &
  ByAddress<typeof noticePlanEndpoints> &
  ByAddress<typeof noticeRuleEndpoints> &
  ByAddress<typeof noticeSettingsEndpoints>
