import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { codeSentence } from '../../api/problem-sentence.ts'
import { useReport } from '../../api/use-report.ts'
import { useSession } from '../../session/session-store.ts'
import { type Opportunity, useOpportunityActions } from './queries.ts'

type Known = Pick<Opportunity, 'id' | 'name' | 'version' | 'customer'>

/** What is done with an opportunity by a button or a menu, alike on the board, in lists and on its page; winning and losing by `CloseDialog`. */
export function useDeeds() {
  const { t } = useI18n()
  const report = useReport()
  const session = useSession()
  const actions = useOpportunityActions()
  const closing = shallowRef<Known | null>(null)
  const closeDeed = ref<'win' | 'lose'>('win')
  const closeOpen = ref(false)

  /** Answers whether it was done; whatever stood in the way, the screen shows what is true now. */
  async function run(deed: () => Promise<void>): Promise<boolean> {
    try {
      await deed()
      return true
    } catch (error) {
      report.problem(error)
      await actions.changed()
      return false
    }
  }
  async function restore(id: string): Promise<void> {
    if (await run(() => actions.restore(id))) report.done(t('opportunities.restored'))
  }
  return {
    closing,
    closeDeed,
    closeOpen,
    close(one: Known, deed: 'win' | 'lose'): void {
      closing.value = one
      closeDeed.value = deed
      closeOpen.value = true
    },
    move: (one: Known, stageId: string) => run(() => actions.move(one, stageId)),
    async reopen(one: Known): Promise<void> {
      if (await run(() => actions.reopen(one))) report.done(t('opportunities.reopened'))
    },
    async remove(one: Known): Promise<boolean> {
      const done = await run(() => actions.remove(one.id))
      if (done) report.undoable(t('opportunities.removed'), t('opportunities.undo'), () => restore(one.id))
      return done
    },
    restore,
    /** Why the person may not delete; null when they may. */
    deleteRefusal: computed(() => (session.can('delete-opportunities') ? null : codeSentence('not-allowed'))),
  }
}
