import ui from '@nuxt/ui/vite'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { uiTheme } from './ui-theme.ts'

/** In development as the API does it: every address of the portal is its one page. */
const portalPage = (): Plugin => ({
  name: 'portal-page',
  configureServer(server) {
    server.middlewares.use((request, _response, next) => {
      if (/^\/portal(?:[/?]|$)/.test(request.url ?? '')) request.url = '/portal.html'
      next()
    })
  },
})

export default defineConfig({
  plugins: [
    vue(),
    portalPage(),
    ui({
      // Every component and composable is imported by name where it is used: a fresh clone type-checks without
      // generated declaration files, and an import is an address.
      components: false,
      autoImport: false,
      dts: false,
      // Our own color mode (src/ui/color-mode.ts), shared with public/theme.js, which sets it before the first paint.
      colorMode: false,
      // All icons that the source names go into the bundle: no request ever leaves for an icon server.
      icon: {
        clientBundle: { scan: { globInclude: ['src/**/*.{vue,ts}'], globExclude: ['node_modules', 'dist'] }, sizeLimitKb: 512 },
      },
      theme: { colors: ['primary', 'success', 'warning', 'error', 'info'] },
      ui: uiTheme,
    }),
  ],
  server: { port: 5173, proxy: { '/api': 'http://localhost:3000' } },
  preview: { port: 4173, proxy: { '/api': 'http://localhost:3000' } },
  build: {
    target: 'es2022',
    // Two pages: the staff's interface, and the customers' portal, which loads nothing of the first.
    rolldownOptions: { input: ['index.html', 'portal.html'] },
    // A hash of the content stands in every name, so the API may serve assets/ as immutable.
    assetsDir: 'assets',
    // Inlined assets would need `data:` in the content security policy for fonts and scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  test: {
    name: 'web',
    environment: 'happy-dom',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
  },
})
