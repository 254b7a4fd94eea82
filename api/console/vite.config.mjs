/** Builds the console into `dist/api/console`, from where the API serves it. `npm run console:dev` serves it from the sources. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants } from 'node:zlib';
import { defineConfig } from 'vite';
import { compression, defineAlgorithm } from 'vite-plugin-compression2';

const root = path.dirname(fileURLToPath(import.meta.url));
const api = process.env.CONSOLE_API ?? 'http://127.0.0.1:4000';

export default defineConfig({
  root,
  publicDir: false,
  plugins: [
    // The server hands these out as they are: nothing is compressed while somebody waits. Fonts are compressed already.
    compression({
      include: /\.(?:js|css|svg)$/,
      threshold: 1024,
      algorithms: [
        defineAlgorithm('gzip', { level: 9 }),
        defineAlgorithm('brotliCompress', { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
      ],
    }),
  ],
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: path.resolve(root, '../../dist/api/console'),
    emptyOutDir: true,
    // A data: address would be refused by the content security policy.
    assetsInlineLimit: 0,
    // It would be put inline as well; every browser of the last years preloads modules by itself.
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: {
      // "use client" in packages is for servers that render React.
      onLog: (level, log, show) => log.code === 'MODULE_LEVEL_DIRECTIVE' || show(level, log),
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/ },
            {
              name: 'aria',
              test: /node_modules[\\/](react-aria|react-stately|react-aria-components|@react-|@internationalized)/,
            },
          ],
        },
      },
    },
  },
  server: {
    // As the embedded stack: `localhost` may be another address.
    host: '127.0.0.1',
    port: 5173,
    strictPort: false,
    proxy: Object.fromEntries(
      ['/api/registration-batches', '/console', '/openapi.json'].map((path) => [path, { target: api }]),
    ),
  },
});
