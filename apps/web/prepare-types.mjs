// Nuxt UI writes the types of its theme (node_modules/.nuxt-ui) when Vite reads its configuration. Reading it here lets
// a fresh clone type-check without a build before.
import { fileURLToPath } from 'node:url'
import { resolveConfig } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
await resolveConfig({ root, configFile: `${root}/vite.config.ts`, logLevel: 'error' }, 'build')
