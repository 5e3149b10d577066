import type { Transaction } from '@cartera/db/connect'
import type { ImportFate } from '@cartera/domain/imports/import-mapping'
import { sql } from 'drizzle-orm'
import type { RowOutcome, StoredRowError } from './import-record.ts'

export interface RowFate {
  rowNumber: number
  fate: ImportFate
  errors: StoredRowError[]
  outcome?: RowOutcome | null
}

/** Keeps the fates on the rows of the import. */
export async function storeFates(tx: Transaction, importId: string, rows: readonly RowFate[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 1000) {
    const batch = rows.slice(at, at + 1000).map(({ rowNumber, fate, errors, outcome }) => ({
      row_number: rowNumber,
      fate,
      errors: errors.length > 0 ? errors : null,
      outcome: outcome ?? null,
    }))
    await tx.execute(sql`
      update import_rows r set fate = f.fate, errors = f.errors, outcome = f.outcome
      from jsonb_to_recordset(${JSON.stringify(batch)}::jsonb) as f(row_number integer, fate text, errors jsonb, outcome jsonb)
      where r.import_id = ${importId}::uuid and r.row_number = f.row_number`)
  }
}
