/** One record that the command palette offers. */
export interface PaletteRecord {
  id: string
  label: string
  /** Grey, behind the label: a code, a customer. */
  detail?: string
  icon: string
  to: string
}

/** What a feature's `palette-search.ts` exports: it finds the feature's records for the text that is being typed. */
export interface PaletteSource {
  /** Message key of the group's heading. */
  label: string
  /** Before the others: what most people look for. */
  first?: true
  search: (q: string, signal: AbortSignal) => Promise<PaletteRecord[]>
}

const modules = import.meta.glob<{ paletteSource: PaletteSource }>('./features/*/palette-search.ts', { eager: true })

/** The features' sources for Ctrl/Cmd+K, in the order of their folders but for those that come first. The shell knows no feature; each brings its own. */
export const paletteSources: PaletteSource[] = Object.values(modules)
  .map((module) => module.paletteSource)
  .sort((a, b) => Number(b.first ?? false) - Number(a.first ?? false))
