import { defineConfig } from 'tsdown'

export default defineConfig({
  // What opens uploaded files runs as a process of its own (use-cases/imports/read-spreadsheet.ts and payment-claims/read-voucher.ts find theirs beside main.js).
  entry: {
    main: 'src/main.ts',
    'parse-spreadsheet': '../../packages/use-cases/src/imports/parse-spreadsheet.js',
    'parse-file': '../../packages/use-cases/src/files/parse-file.js',
    'parse-voucher': '../../packages/use-cases/src/payment-claims/parse-voucher.js',
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outExtensions: () => ({ js: '.js' }),
  sourcemap: true,
  dts: false,
  clean: true,
  // Our packages are consumed from source, so they go into the bundle. npm packages stay outside (they stand in package.json), where
  // native parts, workers and package data keep working.
  deps: { alwaysBundle: [/^@cartera\//], neverBundle: [/^(?!@cartera\/)(?:@[a-z0-9-]+\/)?[a-z0-9][\w.-]*(?:\/|$)/] },
})
