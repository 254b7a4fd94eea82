// Packages that ship ES modules alone; jest runs CommonJS, so they are transformed like our own code.
const esmOnly = ['jose', 'p-retry', 'is-network-error'];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  testTimeout: 60_000,
  // Most suites wait for real processes and timers: more of them than cores run side by side.
  maxWorkers: 4,
  testSequencer: '<rootDir>/test/longest-first.js',
  reporters: ['default', '<rootDir>/test/counting-reporter.js'],
};
