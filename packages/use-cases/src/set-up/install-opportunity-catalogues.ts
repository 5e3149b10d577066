import type { Transaction } from '@cartera/db/connect'
import { opportunityLossReasons, opportunityStages } from '@cartera/db/schema/opportunities'
import { installedTexts } from './installed-texts.ts'

/** Stages and loss reasons of opportunities as an installation finds them; what is there already, by its name, stays as it is. */
export async function installOpportunityCatalogues(tx: Transaction, language: 'es' | 'en'): Promise<void> {
  const texts = installedTexts[language]
  await tx
    .insert(opportunityStages)
    .values(texts.opportunityStages.map(([name, probability], at) => ({ name, probability, position: (at + 1) * 10 })))
    .onConflictDoNothing()
  await tx
    .insert(opportunityLossReasons)
    .values(texts.opportunityLossReasons.map((name) => ({ name })))
    .onConflictDoNothing()
}
