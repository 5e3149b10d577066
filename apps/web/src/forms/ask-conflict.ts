import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import type { LiveEntity } from '@cartera/contract/live'
import { shallowRef } from 'vue'

export type RecordChange = EndpointOutput<Api['GET /api/v1/record-changes']>['items'][number]

/** What to do when somebody else saved first: put one's own on top of theirs, take theirs, or go on as one is. */
export type ConflictChoice = 'mine' | 'theirs' | 'stay'

export interface ConflictQuestion {
  entity: LiveEntity
  id: string
  /** Fields that the person changed here, in the words of the contract. */
  changedHere: readonly string[]
  answer: (choice: ConflictChoice) => void
}

/** The question that stands, for the dialog. */
export const conflictQuestion = shallowRef<ConflictQuestion | null>(null)

/** Shows who changed what, and asks; an answer is always given, also when the dialog is closed. */
export function askConflict(question: Omit<ConflictQuestion, 'answer'>): Promise<ConflictChoice> {
  conflictQuestion.value?.answer('stay')
  return new Promise((resolve) => {
    conflictQuestion.value = {
      ...question,
      answer: (choice) => {
        conflictQuestion.value = null
        resolve(choice)
      },
    }
  })
}
