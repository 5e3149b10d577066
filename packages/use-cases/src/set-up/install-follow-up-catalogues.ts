import type { Transaction } from '@cartera/db/connect'
import { followUpActivities, followUpDocuments, followUpSituations, followUpTypes } from '@cartera/db/schema/follow-ups'
import { installedTexts } from './installed-texts.ts'

/** The catalogues of follow-ups as an installation finds them; what is there already, by its name, stays as it is. */
export async function installFollowUpCatalogues(tx: Transaction, language: 'es' | 'en'): Promise<void> {
  const texts = installedTexts[language]
  await tx
    .insert(followUpTypes)
    .values(texts.followUpTypes.map((name) => ({ name })))
    .onConflictDoNothing()
  await tx
    .insert(followUpSituations)
    .values(texts.followUpSituations.map(([name, kind]) => ({ name, kind })))
    .onConflictDoNothing()
  await tx
    .insert(followUpActivities)
    .values(texts.followUpActivities.map(([name, direction]) => ({ name, direction })))
    .onConflictDoNothing()
  await tx
    .insert(followUpDocuments)
    .values(texts.followUpDocuments.map((each) => ({ ...each, language })))
    .onConflictDoNothing()
}
