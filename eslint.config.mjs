import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';
import importX from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';

const nodeModules = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)];

/** Layers a folder may not import, as relative paths. Imports go one way: domain <- workflows, activities <- worker; domain <- api. */
const forbid = (...layers) => layers.map((layer) => `**/${layer}/**`);

const restricted = (files, patterns, paths = []) => ({
  files,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns, paths }] },
});

const message = 'Imports go one way, see ARCHITECTURE.md "Layout".';

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      '.dev/**',
      '.tools/**',
      'coverage/**',
      'api/console/src/api/schema.d.ts',
    ],
  },
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './api/console/tsconfig.json', './bench/compare/tsconfig.json'],
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: 'error',
    },
  },
  restricted(
    ['domain/**/*.ts'],
    [{ group: forbid('workflows', 'activities', 'worker', 'api', 'dev'), message }],
  ),
  restricted(
    ['workflows/**/*.ts'],
    [
      { group: forbid('worker', 'api', 'dev'), message },
      {
        group: forbid('activities'),
        allowTypeImports: true,
        message: 'Workflows import activities as types alone.',
      },
    ],
    nodeModules.map((name) => ({ name, message: 'Workflow code is deterministic: nothing from Node.' })),
  ),
  restricted(
    ['activities/**/*.ts'],
    [
      { group: forbid('worker', 'api', 'dev'), message },
      { regex: '/workflows/(?!messages)', message: 'Activities know workflows by their messages alone.' },
    ],
  ),
  restricted(['worker/**/*.ts'], [{ group: forbid('api', 'dev'), message }]),
  // The console runs in browsers: of our own code it knows the pure modules of the domain, and of the API what its document says.
  { files: ['api/console/**/*.{ts,tsx}'], ...reactHooks.configs.flat.recommended },
  restricted(
    ['api/**/*.ts'],
    [
      { group: forbid('activities', 'worker', 'dev'), message },
      { regex: '/workflows/(?!messages)', message: 'The API knows workflows by their messages alone.' },
    ],
  ),
  {
    // What runs in production finds there only what `npm ci --omit=dev` installs. The console is bundled by the build.
    files: [
      '{domain,workflows,activities,worker,api,dev/keys,dev/migrate,dev/doctor,dev/release,dev/replay}/**/*.ts',
    ],
    ignores: ['api/console/**'],
    plugins: { 'import-x': importX },
    rules: { 'import-x/no-extraneous-dependencies': ['error', { devDependencies: false }] },
  },
  restricted(
    ['api/console/**/*.{ts,tsx}'],
    [
      { group: forbid('workflows', 'activities', 'worker', 'dev'), message },
      {
        regex: '^(?:\\.\\./){3,}(?!(?:\\.\\./)*domain/)',
        message: 'From outside its folder the console takes pure modules of the domain alone.',
      },
    ],
    nodeModules.map((name) => ({ name, message: 'There is no Node in a browser.' })),
  ),
  { files: ['**/*.{js,mjs}'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
