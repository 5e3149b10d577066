import { demoPassword, demoPeople } from '@cartera/infra/demo-people'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

test.each(demoPeople)('$name signs in by hand and sees their own name', async ({ name, email }) => {
  const page = await world.page()
  await page.goto('/')
  await page.locator('input[type=email], input[name=email]').first().fill(email)
  await page.locator('input[type=password]').first().fill(demoPassword)
  await page.keyboard.press('Enter')
  await page.getByText(name).first().waitFor()
  expect(new URL(page.url()).pathname).toBe('/')
  await page.context().close()
})

test('a person who is signed in already stays so when the page is loaded anew', async () => {
  const page = await world.pageAs('agent')
  await page.getByText('Diego Mora').first().waitFor()
  await page.reload()
  await page.getByText('Diego Mora').first().waitFor()
  await page.context().close()
})

test('the command line works on the same database while the server runs', async () => {
  expect(await world.cli('demo', 'load')).toMatchObject({ code: 0, stdout: expect.stringContaining('not empty'), stderr: '' })
})
