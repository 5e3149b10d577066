import { defineConfig } from 'vitest/config'

const databaseServer = './infra/src/testing/database-server.ts'

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        // Pure rules: they need no database, so they start in a moment.
        test: {
          name: 'domain',
          include: ['packages/domain/**/*.test.ts'],
          environment: 'node',
          // Properties over a year of days: machines are shared, and no test judges by the clock on the wall.
          testTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'node',
          include: ['packages/**/*.test.ts', 'apps/{api,worker,cli}/**/*.test.ts', 'infra/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['packages/domain/**', '**/node_modules/**', '**/dist/**'],
          environment: 'node',
          globalSetup: [databaseServer],
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      // Plugins and tests of the web stand in its own file.
      './apps/web/vite.config.ts',
      {
        test: {
          name: 'e2e',
          include: ['e2e/src/**/*.e2e.ts'],
          environment: 'node',
          globalSetup: [databaseServer, './infra/src/testing/built-apps.ts'],
          setupFiles: ['./e2e/src/testing/what-was-seen.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Asked every 50 ms, an API that allows 1,200 requests a minute refuses the page beside it.
          expect: { poll: { interval: 500 } },
          // Journeys share two cores with a browser: after everything else, not beside it.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
