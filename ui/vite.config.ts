/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  server: { port: 1420, strictPort: true, fs: { allow: ['..'] } },
  build: {
    target: 'safari16',
    // The page's policy allows no inline script, and every web view that we run in preloads modules itself.
    modulePreload: { polyfill: false },
    // A font that is inlined would be a `data:` address, which `font-src 'self'` refuses.
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
  },
  test: {
    environment: 'happy-dom',
    // Long, because tests wait for what they expect and never for a time; a slow machine is not a failure.
    testTimeout: 30_000,
    include: ['src/**/*.test.ts'],
  },
});
