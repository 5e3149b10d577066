import { type Component, defineAsyncComponent } from 'vue'

const files = import.meta.glob<{ default: Component }>('./features/*/Receivable*Part.vue')

/**
 * What other features add to a receivable's detail, each a component with the props `receivableId`, `customerId` and `number`. They stand here,
 * because a feature imports no other; a part appears as soon as its file exists.
 */
export const receivableParts: { id: string; component: Component }[] = Object.entries(files).map(([id, load]) => ({
  id,
  component: defineAsyncComponent(load),
}))
