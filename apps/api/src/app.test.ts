import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '@cartera/db/testing/test-database'
import { testContext } from '@cartera/use-cases/testing/test-context'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from './app.ts'

const database = testDatabase()
const webDir = mkdtempSync(join(tmpdir(), 'cartera-web-'))
let app: FastifyInstance
beforeAll(async () => {
  for (const page of ['index', 'portal']) writeFileSync(join(webDir, `${page}.html`), `<title>${page}</title>`)
  const options = { logger: false, trustProxy: false, webDir, requestsPerMinute: 100_000, busyAfterMs: 0 }
  app = await buildApp(testContext(database), options)
  await app.ready()
})
afterAll(async () => {
  await app.close()
  rmSync(webDir, { recursive: true })
})

test('every address of the web app answers its page, whatever kind is asked for; files and the API that are not there do not', async () => {
  const asked = async (method: 'GET' | 'POST', url: string, accept?: string) => {
    const answer = await app.inject({ method, url, headers: accept === undefined ? {} : { accept } })
    return [answer.statusCode, /<title>(\w+)/.exec(answer.body)?.[1] ?? JSON.parse(answer.body).code]
  }
  for (const accept of ['text/html,application/xhtml+xml', '*/*', undefined]) {
    expect(await asked('GET', '/customers/1?q=a.b', accept)).toEqual([200, 'index'])
    expect(await asked('GET', '/portal', accept)).toEqual([200, 'portal'])
  }
  // A script that is gone must not be read as HTML.
  expect(await asked('GET', '/assets/gone.js', '*/*')).toEqual([404, 'not-found'])
  expect(await asked('GET', '/portal', 'application/json')).toEqual([404, 'not-found'])
  expect(await asked('GET', '/api/v1/nothing', 'text/html')).toEqual([404, 'not-found'])
  expect(await asked('POST', '/customers')).toEqual([405, 'method-unsupported'])
})
