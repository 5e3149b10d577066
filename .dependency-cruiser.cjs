// Who may import whom (docs/adding-a-feature.md). Each rule's comment is the sentence that a person reads when it fails.
const tests = '(?:\\.(?:test|e2e)\\.ts$|/testing/|/test/)'
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown']

/** Sources of a place, its tests aside: tests may use test tools and builders. */
const sourcesOf = (place) => ({ path: `^${place}/src/`, pathNot: tests })

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thought in two places: move what both need into a third file.',
      severity: 'error',
      from: {},
      // Types vanish before anything runs; two types may well speak of each other.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolved',
      comment: 'This import leads nowhere: correct the address, or add the package to the package.json beside it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(?:virtual:|#build|#imports)' },
    },
    {
      name: 'no-undeclared-package',
      comment: 'A package that another one happens to bring can vanish with it: name it in the package.json beside this file.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'domain-is-pure',
      comment: 'The domain decides from what it is given: no npm package, no Node module, no other package of ours.',
      severity: 'error',
      from: sourcesOf('packages/domain'),
      to: { pathNot: '^packages/domain/' },
    },
    {
      name: 'contract-says-shapes',
      comment: 'The contract is Zod shapes over the words of the domain, and nothing else.',
      severity: 'error',
      from: sourcesOf('packages/contract'),
      to: { pathNot: ['^packages/(?:contract|domain)/', 'node_modules/zod/'] },
    },
    {
      name: 'sentences-without-zod',
      comment: 'The web bundles the refusals and their sentences: zod must not come along.',
      severity: 'error',
      from: { path: '^packages/contract/src/(?:refusals\\.ts|sentences/)' },
      to: { path: 'node_modules/zod/' },
    },
    {
      name: 'db-remembers',
      comment: 'The database package knows tables: Drizzle, pg and the words of the domain, no rule above it.',
      severity: 'error',
      from: sourcesOf('packages/db'),
      to: {
        pathNot: ['^packages/(?:db|domain)/', 'node_modules/(?:drizzle-orm|pg|pg-query-stream|uuid|@types/pg)/', '^node:'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'use-cases-know-no-app',
      comment:
        'A use case is called by the API, the worker and the command line alike: it knows none of them, nor infra (but for test servers).',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/use-cases/src/testing/' },
      to: { path: '^(?:apps|infra|e2e|bench)/' },
    },
    {
      name: 'use-cases-know-no-http',
      comment: 'HTTP belongs to the API: a use case takes plain input and throws a Refusal.',
      severity: 'error',
      from: sourcesOf('packages/use-cases'),
      to: { path: 'node_modules/(?:fastify|@fastify|vue)/' },
    },
    {
      name: 'use-cases-take-types-of-contract',
      comment:
        'A use case may speak in the types of the contract, but what is validated is validated at the edge: `import type`.',
      severity: 'error',
      from: sourcesOf('packages/use-cases'),
      to: { path: '^packages/contract/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'api-asks-use-cases',
      comment: 'A route calls a use case; tables and SQL stay below it.',
      severity: 'error',
      from: sourcesOf('apps/api'),
      to: { path: ['node_modules/(?:drizzle-orm|pg)/', '^packages/db/', '^(?:apps/(?!api/)|infra|e2e|bench)/'] },
    },
    {
      name: 'worker-runs-use-cases',
      comment: 'The worker runs jobs of use cases; tables, SQL and HTTP are not its business.',
      severity: 'error',
      from: sourcesOf('apps/worker'),
      to: {
        path: [
          'node_modules/(?:drizzle-orm|pg|fastify|@fastify)/',
          '^packages/(?:db|contract)/',
          '^(?:apps/(?!worker/)|infra|e2e|bench)/',
        ],
      },
    },
    {
      name: 'cli-calls-use-cases',
      comment: 'The command line calls use cases, and infra for the embedded database; it writes no SQL.',
      severity: 'error',
      from: sourcesOf('apps/cli'),
      to: { path: ['node_modules/(?:drizzle-orm|pg|fastify|@fastify)/', '^(?:apps/(?!cli/)|e2e|bench)/'] },
    },
    {
      name: 'web-takes-types-of-contract',
      comment: 'A value of the contract brings zod into the bundle: use `import type`, or the zod-free refusals and sentences.',
      severity: 'error',
      from: sourcesOf('apps/web'),
      to: {
        path: '^packages/contract/',
        pathNot: '^packages/contract/src/(?:refusals\\.ts|sentences/)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'web-stays-in-the-browser',
      comment: 'The web knows the contract and the domain; servers, tables and Node modules are not there in a browser.',
      severity: 'error',
      from: sourcesOf('apps/web'),
      to: {
        path: [
          '^packages/(?:db|use-cases)/',
          '^(?:apps/(?!web/)|infra|e2e|bench)/',
          '^node:',
          'node_modules/(?:zod|pg|fastify)/',
        ],
      },
    },
    {
      name: 'web-without-node',
      comment: 'Node modules are not there in a browser.',
      severity: 'error',
      from: sourcesOf('apps/web'),
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'web-features-stand-alone',
      comment: 'A feature of the web imports no other feature: what two need goes to ui/, forms/ or the page that shows both.',
      severity: 'error',
      from: { path: '^apps/web/src/features/([^/]+)/', pathNot: tests },
      to: { path: '^apps/web/src/features/', pathNot: '^apps/web/src/features/$1/' },
    },
    {
      name: 'web-ui-is-plain',
      comment: 'Components of ui/ know neither router nor API nor a feature: they get what they show as props.',
      severity: 'error',
      from: { path: '^apps/web/src/ui/', pathNot: tests },
      to: { path: ['^apps/web/src/(?:api|features|session|shell)/', '^packages/contract/', 'node_modules/vue-router/'] },
    },
    {
      name: 'tests-stay-tests',
      comment: 'What runs in production must not lean on test tools or builders.',
      severity: 'error',
      from: { path: '^(?:packages|apps)/[^/]+/src/', pathNot: tests },
      to: {
        path: ['^(?:packages|apps)/[^/]+/src/.*(?:\\.test\\.ts$|/testing/)', 'node_modules/(?:vitest|fast-check|supertest)/'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules', dependencyTypes: npm },
    exclude: { path: ['(?:^|/)dist/', '^apps/web/(?:auto-imports|components)\\.d\\.ts$'] },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.base.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.vue', '.d.ts', '.json'],
    },
  },
}
