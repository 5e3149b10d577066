import { defineAsyncComponent } from 'vue'

/** The form of a new promise, with the props `customerId` and `open`: it stands here, because a feature imports no other. */
export const RecordPromiseDialog = defineAsyncComponent(() => import('./features/promises/RecordPromiseDialog.vue'))
