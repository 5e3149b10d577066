import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = join(import.meta.dirname, '../src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vue|ts)$/.test(file))

/** What a file imports: packages by name, our own files by their path within src. */
function importsOf(file: string): { statement: string; target: string; typeOnly: boolean }[] {
  const text = readFileSync(join(src, file), 'utf8')
  const found = [
    ...text.matchAll(
      /^\s*(import|export)\s+(type\s+)?[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^\s*import\s+'([^']+)'/gm,
    ),
  ]
  return found.map((match) => {
    const address = match[3] ?? match[4] ?? match[5] ?? ''
    const target = address.startsWith('.') ? relative(src, normalize(join(src, dirname(file), address))) : address
    return { statement: match[0].trim(), target, typeOnly: match[2] !== undefined }
  })
}

function offenders(
  within: (file: string) => boolean,
  forbidden: (target: string, file: string, typeOnly: boolean) => boolean,
): string[] {
  return files.filter(within).flatMap((file) =>
    importsOf(file)
      .filter((one) => forbidden(one.target, file, one.typeOnly))
      .map((one) => `${file} -> ${one.target}`),
  )
}

describe('the web', () => {
  it('keeps ui/ free of router, API, session and features, so that its components can stand anywhere', () => {
    expect(
      offenders(
        (file) => file.startsWith('ui/'),
        (target) =>
          target === 'vue-router' || target === '@pinia/colada' || /^(api|session|features|forms|address|shell)\//.test(target),
      ),
    ).toEqual([])
  })

  it('lets no feature import another: what two need moves up', () => {
    const featureOf = (path: string) => /^features\/([^/]+)\//.exec(path)?.[1]
    expect(
      offenders(
        (file) => file.startsWith('features/'),
        (target, file) => featureOf(target) !== undefined && featureOf(target) !== featureOf(file),
      ),
    ).toEqual([])
  })

  it('keeps the portal and the staff interface apart: they share only what needs no component library', () => {
    const inPortal = (path: string) => path.startsWith('portal/')
    expect(
      offenders(inPortal, (target) => /^(api|session|features|forms|address|shell|catalogue)\/|^ui\/.*\.vue$/.test(target)),
    ).toEqual([])
    expect(offenders((file) => !inPortal(file), inPortal)).toEqual([])
  })

  it('takes only types of the contract (a value would bring Zod into the browser), its refusals and sentences apart', () => {
    expect(
      offenders(
        () => true,
        (target, _file, typeOnly) =>
          target === 'zod' ||
          (target.startsWith('@cartera/contract/') &&
            !typeOnly &&
            !/^@cartera\/contract\/(refusals|sentences\/.+)$/.test(target)),
      ),
    ).toEqual([])
  })

  it('speaks to the API through its one client, the portal through its own', () => {
    const own = files.filter((file) => file !== 'api/client.ts' && file !== 'portal/api.ts' && !file.endsWith('.test.ts'))
    expect(
      own.filter((file) =>
        /(?<![.\w])fetch\(|(?:window|globalThis)\.fetch\(|XMLHttpRequest/.test(readFileSync(join(src, file), 'utf8')),
      ),
    ).toEqual([])
  })

  // Its promise fails when a live event reads the same again, and the form of a deed that is done would stay open.
  it('reads back what a deed changed through useRefresh alone', () => {
    expect(
      files.filter((file) => !file.startsWith('api/') && readFileSync(join(src, file), 'utf8').includes('invalidateQueries')),
    ).toEqual([])
  })

  it('says above every form whether its customer is on credit hold: only what is about no customer, or about many, says nothing', () => {
    const silent = files.filter((file) => readFileSync(join(src, file), 'utf8').includes(':about-customer="null"'))
    expect(silent.toSorted()).toEqual([
      'catalogue/CatalogueDialog.vue',
      'features/access-profiles/AccessProfileDialog.vue',
      'features/company/HolidayDialog.vue',
      'features/company/LoadHolidaysDialog.vue',
      'features/custom-fields/CustomFieldDialog.vue',
      'features/customers/ChangeManyDialog.vue',
      'features/finance/BankDetailsDialog.vue',
      'features/handovers/ConfirmHandoverDialog.vue',
      'features/handovers/HandoverDaysDialog.vue',
      'features/notices/NoticeRuleDialog.vue',
      'features/portfolio/OpenFollowUpsDialog.vue',
      'features/users/PasswordDialog.vue',
      'features/users/UserDialog.vue',
      'saved-views/ViewDialog.vue',
    ])
    const unasked = files.filter((file) => {
      const text = readFileSync(join(src, file), 'utf8')
      return text.split('<DialogForm').length > text.split(/<DialogForm\s[^>]*?:about-customer=/).length
    })
    expect(unasked).toEqual([])
  })

  it('says at the top of every page about one customer whether they are on credit hold', () => {
    const silent = files.filter((file) => {
      const text = readFileSync(join(src, file), 'utf8')
      return (
        file.startsWith('features/') &&
        text.includes('<PageFrame') &&
        /customer-id=|\.customer\.id|values\.customer/.test(text) &&
        !text.includes(':about-customer=')
      )
    })
    // Pages of many customers, and the profile, whose own banner says since when and by whom.
    expect(silent.toSorted()).toEqual([
      'features/contacts/ContactsPage.vue',
      'features/customers/CustomerPage.vue',
      'features/customers/CustomersPage.vue',
      'features/files/FilesPage.vue',
      'features/follow-ups/agenda/AgendaPage.vue',
      'features/follow-ups/agenda/MyDayPage.vue',
      'features/interactions/InteractionReportPage.vue',
      'features/notices/NoticeQueuePage.vue',
      'features/notices/NoticeReviewPage.vue',
      'features/portfolio/PortfolioPage.vue',
      'features/trash/TrashPage.vue',
    ])
  })

  it('shows no HTML of others unescaped', () => {
    expect(files.filter((file) => /v-html|innerHTML/.test(readFileSync(join(src, file), 'utf8')))).toEqual([])
  })

  it('has no inline script in index.html: the content security policy refuses it', () => {
    expect(readFileSync(join(src, '../index.html'), 'utf8')).not.toMatch(/<script(?![^>]*\bsrc=)/)
  })
})
