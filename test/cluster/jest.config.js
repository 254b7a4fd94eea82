/** `npm run test:cluster`: on Temporal's own servers, which `npm test` does without. */
const base = require('../../jest.config.js');

module.exports = { ...base, rootDir: '../..', testMatch: ['<rootDir>/test/cluster/*.cluster.ts'] };
