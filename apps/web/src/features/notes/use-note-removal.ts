import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useAction } from '../../api/use-action.ts'
import { useSession } from '../../session/session-store.ts'
import { useConfirm } from '../../ui/use-confirm.ts'
import { type Note, useNoteActions } from './queries.ts'

/** Deleting notes: only level 1 is offered it, after a question. */
export function useNoteRemoval() {
  const { t } = useI18n()
  const session = useSession()
  const confirm = useConfirm()
  const { remove } = useNoteActions()
  const removal = useAction(remove, () => t('notes.deleted'))
  return {
    removable: computed(() => session.me?.level === 1),
    async askAndRemove(note: Note): Promise<void> {
      const yes = await confirm({
        title: t('notes.deleteTitle'),
        text: t('notes.deleteText', { author: note.author.name }),
        confirm: t('ui.delete'),
        danger: true,
      })
      if (yes) await removal.run(note)
    },
  }
}
