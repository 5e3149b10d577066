import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/main.ts'],
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
