import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Native packages stay outside the bundles: node-llama-cpp finds its binaries by
 * its own folder layout, better-sqlite3 by its prebuilds.
 */
export default defineConfig({
  main: {
    build: {
      externalizeDeps: true,
      rollupOptions: {
        input: {
          index: at('./src/main/index.ts'),
          parquetWorker: at('./src/backend/corpora/hub/parquetWorker.ts'),
          environmentWorker: at('./src/backend/openenv/environments/environmentWorker.ts'),
          runsWorker: at('./src/backend/runs/worker/runsWorker.ts'),
          readWorker: at('./src/backend/reads/readWorker.ts'),
          figuresWorker: at('./src/backend/evaluation/figures/figuresWorker.ts'),
          replayWorker: at('./src/backend/replays/replayWorker.ts'),
        },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload is CommonJS and may require nothing but electron.
      rollupOptions: { input: { index: at('./src/preload/index.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: at('./src/renderer'),
    plugins: [react()],
    build: {
      target: 'chrome140',
      minify: true,
      // Fonts and icons as files: the content security policy allows no data: fonts.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: {
        // The page of the environment server stands by itself: everything it needs lies in its own folder.
        input: { index: at('./src/renderer/index.html'), web: at('./src/renderer/web/index.html') },
        output: {
          entryFileNames: ({ name }) => `${name === 'web' ? 'web' : 'assets'}/[name]-[hash].js`,
          assetFileNames: ({ names }) => `${names.includes('web.css') ? 'web' : 'assets'}/[name]-[hash][extname]`,
        },
      },
    },
  },
});
