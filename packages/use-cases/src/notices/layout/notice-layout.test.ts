import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { compileLayout } from './compile-layout.ts'

test('the frame that mails use is what the layout compiles to', async () => {
  const stored = await readFile(new URL('./notice-frame.ts', import.meta.url), 'utf8')
  expect(stored, 'run `pnpm --filter @cartera/use-cases layout`').toBe(await compileLayout())
})
