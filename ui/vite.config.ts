/// <reference types="vitest/config" />

import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';
import { splitWords } from './src/words-split.ts';

const CATALOGUE = new URL('../words/en.ftl', import.meta.url).pathname;
const PARTS = { 'virtual:words/first': 'first', 'virtual:words/rest': 'rest' } as const;

/** Hands the catalogue over in two parts, so that the first frame does not wait for all of it. */
function words(): Plugin {
  return {
    name: 'words',
    resolveId: (id) => (id in PARTS ? `\0${id}` : null),
    load(id) {
      const part = PARTS[id.slice(1) as keyof typeof PARTS];
      if (!id.startsWith('\0') || part === undefined) return null;
      this.addWatchFile(CATALOGUE);
      return `export default ${JSON.stringify(splitWords(readFileSync(CATALOGUE, 'utf8'))[part])}`;
    },
  };
}

export default defineConfig({
  plugins: [words(), svelte()],
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
    setupFiles: ['src/more-words.ts'],
    // Long, because tests wait for what they expect and never for a time; a slow machine is not a failure.
    testTimeout: 30_000,
    include: ['src/**/*.test.ts'],
  },
});
