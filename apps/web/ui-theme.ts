import type { NuxtUIOptions } from '@nuxt/ui/unplugin'

/**
 * The look of Nuxt UI's components, where it is not their own default. Colours are named here and defined in
 * src/main.css; the shades that carry text are 700 and 800 (contrast of 4.5 and more on white).
 */
export const uiTheme: NuxtUIOptions['ui'] = {
  colors: { primary: 'petrol', success: 'emerald', warning: 'amber', error: 'red', info: 'sky', neutral: 'mist' },
  button: {
    slots: { base: 'font-medium' },
    // Nuxt UI fades a button to 75% under the mouse, which reads as switched off.
    compoundVariants: (['primary', 'error'] as const).map((color) => ({
      color,
      variant: 'solid' as const,
      class: color === 'primary' ? 'hover:bg-primary/90 active:bg-primary/85' : 'hover:bg-error/90 active:bg-error/85',
    })),
  },
  // Fields fill their column: widths are decided by the form's grid, never by the field.
  input: { slots: { root: 'w-full' } },
  textarea: { slots: { root: 'w-full' } },
  select: { slots: { base: 'w-full' } },
  selectMenu: { slots: { base: 'w-full' } },
  inputMenu: { slots: { root: 'w-full' } },
  inputNumber: { slots: { root: 'w-full' } },
  inputDate: { slots: { base: 'w-full' } },
  formField: { slots: { label: 'font-medium text-default', error: 'mt-1.5 text-[13px]', help: 'mt-1.5 text-[13px]' } },
  badge: { slots: { base: 'font-medium whitespace-nowrap' } },
  dashboardPanel: { slots: { root: 'min-h-0 h-full', body: 'p-0 sm:p-0 gap-0 sm:gap-0' } },
  dashboardNavbar: { slots: { title: 'text-base font-semibold tracking-tight' } },
  dashboardSidebar: {
    slots: { root: 'bg-muted', body: 'px-3 py-2 gap-5', header: 'px-3', footer: 'px-3 border-t border-default' },
  },
  modal: {
    slots: {
      title: 'text-base font-semibold',
      header: 'min-h-14 p-4 sm:px-5',
      body: 'p-4 sm:p-5',
      footer: 'p-4 sm:px-5 justify-end gap-2',
    },
    variants: { overlay: { true: { overlay: 'bg-neutral-950/45 dark:bg-black/60' } } },
  },
  slideover: {
    slots: {
      title: 'text-base font-semibold',
      header: 'min-h-14 p-4 sm:px-5',
      body: 'p-4 sm:p-5',
      footer: 'p-4 sm:px-5 justify-end gap-2',
    },
    variants: { overlay: { true: { overlay: 'bg-neutral-950/45 dark:bg-black/60' } } },
  },
  navigationMenu: { compoundVariants: [{ orientation: 'vertical', class: { link: 'py-1.5' } }] },
}
