import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from './data-dir.ts'

// What types and dependency rules cannot say. Each test's name is the rule.

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.vue'], {
  cwd: repositoryRoot,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '')
const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8')
const isTest = (path: string) => /\.(test|e2e)\.ts$|\/testing\//.test(path)
const sources = (prefix: string) => files.filter((path) => path.startsWith(prefix) && !isTest(path))

describe('the house', () => {
  test('every job is on the list that the worker runs, or it would be rung for and never performed', () => {
    const list = read('packages/use-cases/src/all-jobs.ts')
    const jobs = sources('packages/use-cases/src').flatMap((path) =>
      [...read(path).matchAll(/export const (\w+) = defineJob\(/g)].map((match) => match[1] ?? ''),
    )
    expect(jobs.length).toBeGreaterThan(0)
    const listed = list.slice(list.indexOf('export const allJobs'), list.indexOf('export const schedule'))
    expect(jobs.filter((job) => !new RegExp(`\\b${job}\\b`).test(listed))).toEqual([])
  })

  test('every job has a test that names it', () => {
    const tests = files.filter((path) => /^(packages\/use-cases|apps\/api)\/src/.test(path) && isTest(path)).map(read)
    const jobs = sources('packages/use-cases/src').flatMap((path) =>
      [...read(path).matchAll(/export const (\w+) = defineJob\(/g)].map((match) => match[1] ?? ''),
    )
    expect(jobs.filter((job) => !tests.some((text) => text.includes(job)))).toEqual([])
  })

  test('every endpoint of the contract is in the typed client’s list and registered in the API', () => {
    const api = read('packages/contract/src/api.ts')
    const routes = sources('apps/api/src/routes').map(read)
    const groups = sources('packages/contract/src').flatMap((path) =>
      [...read(path).matchAll(/export const (\w+Endpoints) = (?:\{|catalogueEndpoints\()/g)].map((match) => ({
        path,
        group: match[1] ?? '',
      })),
    )
    expect(groups.length).toBeGreaterThan(5)
    for (const { path, group } of groups) {
      expect([group, api.includes(`typeof ${group}`)]).toEqual([group, true])
      const users = routes.filter((route) => route.includes(group)).join('\n')
      expect([group, users === '']).toEqual([group, false])
      const text = read(path)
      const start = text.indexOf(`export const ${group} = {`)
      const end = text.indexOf('\n}', start)
      for (const [, name] of text.slice(start, end).matchAll(/^ {2}(\w+): defineEndpoint\(/gm))
        expect([`${group}.${name}`, new RegExp(`\\b${name}\\b`).test(users)]).toEqual([`${group}.${name}`, true])
    }
  })

  test('the environment is read in one file per app, so that all of it is checked and documented', () => {
    const readers = [...sources('packages'), ...sources('apps')].filter((path) => /process\.env\b/.test(read(path)))
    expect(readers.filter((path) => !/\/(env|main|with-context|response-serializer)\.ts$/.test(path)).sort()).toEqual([])
  })

  test('rules and use cases ask the context for the time, never the machine', () => {
    const askers = [...sources('packages/domain/src'), ...sources('packages/use-cases/src')].filter((path) =>
      /\bnew Date\(\)|\bDate\.now\(\)/.test(read(path)),
    )
    // The one place where the context's clock is made.
    expect(askers).toEqual(['packages/use-cases/src/open-context.ts'])
  })

  test('nothing is called utils, common, shared, helpers, services, manager or core', () => {
    const vague = /(^|\/)(utils?|common|shared|helpers?|services?|managers?|core)(\/|\.|$)/
    expect(files.filter((path) => vague.test(path))).toEqual([])
  })

  test('files are kebab-case, Vue components PascalCase', () => {
    const wrong = files.filter((path) => {
      const name = basename(path)
      return name.endsWith('.vue')
        ? !/^[A-Z][A-Za-z0-9]*\.vue$/.test(name)
        : !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|e2e|config|d))?\.ts$/.test(name)
    })
    expect(wrong).toEqual([])
  })
})
