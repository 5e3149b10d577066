import { defineConfig } from 'tsdown'

export default defineConfig({
  // The parser of uploaded spreadsheets runs as a process of its own (use-cases/imports/read-spreadsheet.ts finds it beside main.js).
  entry: { main: 'src/main.ts', 'parse-spreadsheet': '../../packages/use-cases/src/imports/parse-spreadsheet.js' },
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
