import { useI18n } from 'vue-i18n'
import { useAction } from '../../api/use-action.ts'
import { useReport } from '../../api/use-report.ts'
import { useConfirm } from '../../ui/use-confirm.ts'
import { type Contact, useContactActions } from './queries.ts'

/** Deleting a contact after a question, and taking it back. */
export function useContactRemoval(customerId: () => string) {
  const { t } = useI18n()
  const confirm = useConfirm()
  const report = useReport()
  const { remove, restore } = useContactActions(customerId)
  const removal = useAction(remove)
  const restoring = useAction(restore, () => t('contacts.restored'))
  return {
    /** Answers whether it was deleted. */
    async askAndRemove(contact: Contact): Promise<boolean> {
      const yes = await confirm({
        title: t('contacts.deleteTitle', { name: contact.name }),
        text: t('contacts.deleteText'),
        confirm: t('ui.delete'),
        danger: true,
      })
      if (!yes || !(await removal.run(contact))) return false
      report.undoable(t('contacts.deleted'), t('contacts.undo'), () => restoring.run(contact))
      return true
    },
  }
}
