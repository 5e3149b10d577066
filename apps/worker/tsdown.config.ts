import { defineConfig } from 'tsdown'

export default defineConfig({
  // The parser of mails that arrive runs as a process of its own (use-cases/mailboxes/read-mails.ts finds it beside main.js).
  entry: { main: 'src/main.ts', 'parse-mail': '../../packages/use-cases/src/mailboxes/parse-mail.js' },
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
