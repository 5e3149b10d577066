import { expect, test } from 'vitest'
import { switchedOffReason } from '../notices/notice-plan.ts'
import { customerStatuses, newFollowUpRefusal, statusEffects, statusesWith } from './customer-status.ts'

test('what a status leaves shrinks from active to inactive, and active leaves everything', () => {
  const left = customerStatuses.map((status) => Object.values(statusEffects[status]).filter(Boolean).length)
  expect(left).toEqual([...left].sort((a, b) => b - a))
  expect(statusEffects.active).toEqual({ notices: true, portal: true, followUps: true })
})

test('notices and new follow-ups ask the one table that the help shows', () => {
  const switches = { active: true, reminderOn: true, overdueOn: true } as Parameters<typeof switchedOffReason>[1]
  for (const status of customerStatuses) {
    expect([status, switchedOffReason({ status }, switches, 'overdue') === null]).toEqual([status, statusEffects[status].notices])
    expect([status, newFollowUpRefusal(status) === null]).toEqual([status, statusEffects[status].followUps])
  }
  expect(statusesWith('notices')).toEqual(['active', 'restricted'])
  expect(statusesWith('portal')).toEqual(['active', 'restricted', 'suspended'])
  expect(statusesWith('followUps')).toEqual(['active', 'restricted', 'suspended'])
})
